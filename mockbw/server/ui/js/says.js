/** Short sentences about what was done or went wrong, at the edge of the page, read out by screen readers. */

import { h } from "./dom.js";
import { reason } from "./store.js";

/** Say a sentence; `bad` if something went wrong. It goes by itself, bad news later. */
export function say(text, { bad = false } = {}) {
  const host = document.getElementById("says");
  const note = h("p", { class: bad ? "says-note bad" : "says-note" }, text, h("button", { class: "plain", "aria-label": "Dismiss", onclick: () => note.remove() }, "×"));
  host.replaceChildren(...[...host.children].slice(-2), note);
  setTimeout(() => note.remove(), bad ? 12_000 : 4000);
}

/** Do something, and say so if it fails. Returns what it returned, or undefined. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    console.warn(error);
    say(reason(error), { bad: true });
    return undefined;
  }
}

/** Put a text on the clipboard and say so. */
export async function copy(text, what) {
  await attempt(async () => {
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else copyByHand(text);
    say(`${what} copied`);
  });
}

/** Without HTTPS or localhost browsers give pages no clipboard; the old way works everywhere. */
function copyByHand(text) {
  const area = h("textarea", { class: "unseen", "aria-hidden": "true", value: text });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
