/** The separator between a list and the details: dragged, or moved with the arrow keys; a double-click resets it. */

import { h } from "./dom.js";

const STEP = 24;
const LEAST = 240;

/** The minimum width of the other side. */
const OTHER = 360;

/** Make the separator for the first child of `host`, whose width is stored under `name`. */
export function splitter(host, name) {
  const key = `mockbw.split.${name}`;
  const line = h("div", {
    class: "split",
    role: "separator",
    tabindex: "0",
    "aria-orientation": "vertical",
    "aria-label": "Width of the list",
    title: "Drag, or use the arrow keys; double-click to reset",
    onkeydown: keydown,
    ondblclick: () => set(null),
    onpointerdown: (event) => line.setPointerCapture(event.pointerId),
    onpointermove: (event) => line.hasPointerCapture(event.pointerId) && set(event.clientX - host.getBoundingClientRect().left),
  });

  const width = () => host.firstElementChild.getBoundingClientRect().width;

  function keydown(event) {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    set(width() + by);
  }

  function set(pixels) {
    const most = Math.max(LEAST, host.clientWidth - OTHER);
    const wanted = pixels === null ? null : Math.round(Math.min(most, Math.max(LEAST, pixels)));
    if (wanted === null) localStorage.removeItem(key);
    else localStorage.setItem(key, String(wanted));
    apply(wanted);
  }

  function apply(wanted) {
    if (wanted === null) host.style.removeProperty("--list");
    else host.style.setProperty("--list", `${wanted}px`);
    line.setAttribute("aria-valuenow", String(wanted ?? Math.round(width())));
  }

  const stored = Number(localStorage.getItem(key)) || null;
  requestAnimationFrame(() => apply(stored));
  return line;
}
