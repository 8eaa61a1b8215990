/** The page's icons: strokes on a 20 by 20 grid, in the colour of the surrounding text. Decorative: text says the same. */

import { s } from "./dom.js";

const PATHS = {
  messages: "M3 4.5h14v9H9l-3.5 3v-3H3z",
  handset: "M6 2.5h8a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM8.5 15h3",
  scenarios: "M4 4h12M4 8h8M4 12h10M4 16h6",
  endpoint: "M2.5 11h3l2-6 4 11 2.5-7 1 2h2.5",
  requests: "M4 10h11M11 6l4 4-4 4M4 4v12",
  settings: "M4 6h7M15 6h1M4 14h1M9 14h7M11 4v4M5 12v4",
  out: "M5 15L15 5M8 5h7v7",
  in: "M15 5L5 15M5 8v7h7",
  play: "M6 4l9 6-9 6z",
  next: "M5 4l8 6-8 6zM15.5 4v12",
  pause: "M6.5 4v12M13.5 4v12",
  stop: "M5 5h10v10H5z",
  hour: "M10 5.5V10l3 2M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 1 0 0-15",
  idle: "M3 4l6 6-6 6zM10 4l6 6-6 6zM17.5 4v12",
  search: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 1 0 0-11M13 13l4 4",
  back: "M12 4l-6 6 6 6",
  copy: "M7 7h9v10H7zM4 13V3h9",
  close: "M5 5l10 10M15 5L5 15",
  send: "M3 10L17 4l-4 13-3.5-5.5z",
  picture: "M3 4h14v12H3zM3 14l4.5-4.5 3.5 3.5 2-2 4 4M13 7.5h.01",
  light: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 1 0 0-7M10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M15.7 4.3l-1.1 1.1M5.4 14.6l-1.1 1.1",
  dark: "M16 12.5A7 7 0 0 1 7.5 4a6.5 6.5 0 1 0 8.5 8.5z",
  auto: "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14",
  help: "M7.5 7.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M10 14.5h.01",
  down: "M5 8l5 5 5-5",
  plus: "M10 4v12M4 10h12",
  again: "M15.5 8A6 6 0 1 0 16 11M16 4v4h-4",
  warn: "M10 3L2.5 16.5h15zM10 8v4M10 14.3h.01",
};

/** Return the icon with that name. */
export function icon(name) {
  return s("svg", { viewBox: "0 0 20 20", class: "icon", "aria-hidden": "true", focusable: "false" }, s("path", { d: PATHS[name] }));
}
