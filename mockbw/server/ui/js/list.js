/**
 * A virtual list: only the visible rows are in the document. All rows have the same height, set by the style sheet.
 */

import { h, morph } from "./dom.js";

/** Rows drawn beyond each edge, so that fast scrolling shows no gaps. */
const SPARE = 12;

/**
 * `source` has `length`, `at(index)` and `more()`, which loads more. `row(item, index)` returns the element of an item,
 * which may be null. Returns `{element, draw(), reveal(index)}`.
 */
export function virtualList({ label, row, source }) {
  const rows = h("div", { class: "list-rows", role: "list", "aria-label": label });
  const room = h("div", { class: "list-room" }, rows);
  const element = h("div", { class: "list", onscroll: () => schedule() }, room);
  let height = 0;
  let scheduled = false;

  function schedule() {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      draw();
    });
  }

  function measure() {
    const styled = parseFloat(getComputedStyle(element).getPropertyValue("--row"));
    height = Number.isFinite(styled) ? styled : 64;
  }

  function draw() {
    const list = source();
    if (height === 0 || element.dataset.measured !== String(innerWidth)) {
      measure();
      element.dataset.measured = String(innerWidth);
    }
    const count = list.length;
    const first = Math.max(0, Math.floor(element.scrollTop / height) - SPARE);
    const last = Math.min(count, Math.ceil((element.scrollTop + element.clientHeight) / height) + SPARE);
    room.style.height = `${count * height}px`;
    const wanted = h("div", { class: "list-rows", role: "list", "aria-label": label });
    for (let index = first; index < last; index++) {
      const item = list.at(index);
      const shown = h("div", { class: "list-row", role: "listitem", "aria-setsize": count, "aria-posinset": index + 1, key: item?.id ?? `hole ${index}` }, row(item, index));
      wanted.append(shown);
    }
    morph(rows, wanted);
    rows.style.transform = `translateY(${first * height}px)`;
    if (last > count - 40) list.more();
  }

  new ResizeObserver(schedule).observe(element);
  return {
    element,
    draw: schedule,
    /** Scroll a row into view. */
    reveal(index) {
      const top = index * height;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + height > element.scrollTop + element.clientHeight) element.scrollTop = top + height - element.clientHeight;
    },
  };
}
