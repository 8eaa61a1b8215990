/** Shown instead of every view while the server refuses the page: why, and what to do about it. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { reason } from "./store.js";

const TITLES = { 0: "The server does not respond", 403: "The control API is closed to this page" };

/** The card for an error of the first request. The page retries by itself. */
export function gateCard(error) {
  const { error: what = reason(error), hint } = error.answer ?? {};
  return h(
    "div",
    { class: "gate" },
    h(
      "section",
      { class: "card", role: "alert" },
      h("h1", null, icon("warn"), TITLES[error.status] ?? "The page cannot start"),
      error.status !== 0 && h("p", null, `${what[0].toUpperCase()}${what.slice(1)}.`),
      hint && h("p", { class: "gate-hint" }, hint),
      h("p", { class: "quiet" }, "The page retries every second and opens as soon as it can."),
    ),
  );
}
