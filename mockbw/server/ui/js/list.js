/**
 * A virtual list: only the visible rows are in the document. All rows have the same height, set by the style sheet.
 */

import { h, morph } from "./dom.js";

/** Rows drawn beyond each edge, so that fast scrolling shows no gaps. */
const SPARE = 12;

/**
 * `source` has `length`, `at(index)` and `more()`, which loads more. `row(item, index)` returns the element of an item,
 * which may be null. `moved()` is called after each drawing. Returns `{element, draw(), reveal(index), scrollTo(top), top,
 * first}`: `first` is the index of the first visible row.
 */
export function virtualList({ label, row, source, moved }) {
  const rows = h("div", { class: "list-rows", role: "list", "aria-label": label });
  const room = h("div", { class: "list-room" }, rows);
  const element = h("div", { class: "list", onscroll: scrolled }, room);
  let height = 0;
  let scheduled = false;
  /** The scroll position, which browsers reset while an element is hidden. */
  let top = 0;
  /** The scroll position to set at the next drawing; null to leave it. */
  let wanted = null;
  /** The row to scroll into view at the next drawing; null for none. */
  let shown = null;

  function scrolled() {
    if (!hidden && wanted === null) top = element.scrollTop;
    schedule();
  }

  function schedule() {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      draw();
    });
  }

  function measure() {
    if (height > 0 && element.dataset.measured === String(innerWidth)) return;
    const styled = parseFloat(getComputedStyle(element).getPropertyValue("--row"));
    height = Number.isFinite(styled) ? styled : 64;
    element.dataset.measured = String(innerWidth);
  }

  function draw() {
    const list = source();
    measure();
    const count = list.length;
    room.style.height = `${count * height}px`;
    place();
    const first = Math.max(0, Math.floor(top / height) - SPARE);
    const last = Math.min(count, Math.ceil((top + element.clientHeight) / height) + SPARE);
    const fresh = h("div", { class: "list-rows", role: "list", "aria-label": label });
    for (let index = first; index < last; index++) {
      const item = list.at(index);
      fresh.append(h("div", { class: "list-row", role: "listitem", "aria-setsize": count, "aria-posinset": index + 1, key: item?.id ?? `hole ${index}` }, row(item, index)));
    }
    morph(rows, fresh);
    rows.style.transform = `translateY(${first * height}px)`;
    if (last > count - 40) list.more();
    moved();
  }

  /** Set the scroll position as requested, once the list is visible. */
  function place() {
    if (element.clientHeight === 0) return;
    if (shown !== null) {
      const [start, end] = [shown * height, (shown + 1) * height - element.clientHeight];
      wanted = Math.max(end, Math.min(start, wanted ?? top));
      shown = null;
    }
    if (wanted !== null) element.scrollTop = wanted;
    if (source().length > 0) wanted = null;
    top = element.scrollTop;
  }

  let hidden = false;
  new ResizeObserver(() => {
    if (element.clientHeight === 0) hidden = true;
    else if (hidden) {
      hidden = false;
      wanted = top;
    }
    schedule();
  }).observe(element);
  return {
    element,
    draw: schedule,
    get top() {
      return top;
    },
    get first() {
      return height > 0 ? Math.floor(top / height) : 0;
    },
    /** Scroll a row into view. */
    reveal(index) {
      shown = index;
      schedule();
    },
    scrollTo(where) {
      wanted = where;
      schedule();
    },
  };
}
