/**
 * A list of which only the rows in sight are in the document. Rows have one height, which the style sheet decides.
 */

import { h, morph } from "./dom.js";

/** Rows drawn beyond each edge, so that quick scrolling shows no holes. */
const SPARE = 12;

/**
 * `source` has `length`, `at(index)` and, to be asked for more, `more()`. `row(item, index)` returns the element of an item,
 * which may be null. `moved()` is called when other rows come in sight. Returns `{element, draw(), reveal(index),
 * scrollTo(top), top, first}`: `first` is the place of the first row in sight.
 */
export function virtualList({ label, row, source, moved }) {
  const rows = h("div", { class: "list-rows", role: "list", "aria-label": label });
  const room = h("div", { class: "list-room" }, rows);
  const element = h("div", { class: "list", onscroll: scrolled }, room);
  let height = 0;
  let scheduled = false;
  /** Where it is scrolled to: browsers forget it while an element is hidden. */
  let top = 0;
  /** Where it shall be scrolled to once there is room for it; null for nowhere else. */
  let wanted = null;
  /** The row that shall be in sight once it is known how high rows are; null for none. */
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

  /** Scroll to where it shall be, as soon as it is visible and long enough. */
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
    /** Scroll so that a row is in sight. */
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
