/** Notifications about what was done or failed, in a strip below the view, announced by screen readers. */

import { h } from "./dom.js";
import { reason } from "./store.js";

/** How many are shown at once. */
const SHOWN = 3;

/** Show a notification; `bad` for a failure: it stays until it is dismissed, or replaced by newer ones. */
export function say(text, { bad = false } = {}) {
  const host = document.getElementById("says");
  const note = h("p", { class: bad ? "says-note bad" : "says-note" }, h("span", { class: "grow" }, text), h("button", { class: "plain", "aria-label": "Dismiss", onclick: () => note.remove() }, "×"));
  host.append(note);
  while (host.children.length > SHOWN) host.firstChild.remove();
  if (!bad) setTimeout(() => note.remove(), 6000);
}

/** Run an action and notify the user if it fails. Returns its result, or undefined. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    console.warn(error);
    say(reason(error), { bad: true });
    return undefined;
  }
}

/** Copy a text to the clipboard and notify the user. */
export async function copy(text, what) {
  await attempt(async () => {
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else copyByHand(text);
    say(`${what} copied`);
  });
}

/** Without HTTPS or localhost browsers have no clipboard API; the old way works everywhere. */
function copyByHand(text) {
  const area = h("textarea", { class: "unseen", "aria-hidden": "true", value: text });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
