/** Keys that work everywhere on the page, except while the user types. They can be switched off. */

import { h } from "./dom.js";
import { go } from "./router.js";
import { store } from "./store.js";
import { notifications } from "./tallies.js";

const OFF = "mockbw.keys-off";

const KEYS = [
  ["/", "search"],
  ["j  k", "next and previous message"],
  ["c", "write a new message"],
  [".", "advance the clock to the next deadline"],
  ["1 … 6", "Messages, Handset, Scenarios, Endpoint, Requests, Account"],
  ["Esc", "close what is open"],
  ["?", "this list"],
];

const NUMBERED = ["messages", "handset", "scenarios", "endpoint", "requests", "account"];

/** Listen to keys; `view()` returns the view that is open. */
export function keys({ view }) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, dialog, [popover]")) return;
    if (event.key === "Escape") {
      if (view()?.escape?.()) event.preventDefault();
      return;
    }
    if (localStorage.getItem(OFF) !== null && event.key !== "?") return;
    if (press(event.key, view())) event.preventDefault();
  });
}

/** Perform the action of a key; returns whether it has one. */
function press(key, view) {
  if (key === "/") {
    const search = document.querySelector("[data-search]");
    search?.focus();
    return Boolean(search);
  }
  if (key === "j" || key === "k") return Boolean(view?.move?.(key === "j" ? 1 : -1));
  if (key === "c") {
    go({ account: store.account, view: "messages", id: "new" });
    return true;
  }
  if (key === ".") {
    document.querySelector("[data-step]")?.click();
    return true;
  }
  if (key === "?") {
    showHelp();
    return true;
  }
  const name = NUMBERED[Number(key) - 1];
  if (name !== undefined) go({ account: store.account, view: name });
  return name !== undefined;
}

/** Show the list of keys. */
export function showHelp() {
  const dialog = h(
    "dialog",
    { class: "dialog", "aria-labelledby": "help-title", onclose: () => dialog.remove() },
    h("h2", { id: "help-title" }, "Keys"),
    h("dl", { class: "keys" }, KEYS.map(([key, what]) => [h("dt", null, key.split(" ").map((one) => (one === "…" || one === "" ? one : h("kbd", null, one)))), h("dd", null, what)])),
    h(
      "label",
      { class: "check" },
      h("input", {
        type: "checkbox",
        checked: localStorage.getItem(OFF) === null,
        onchange: (event) => (event.target.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")),
      }),
      "Enable single-key shortcuts",
    ),
    notifications.possible &&
      h(
        "label",
        { class: "check" },
        h("input", { type: "checkbox", checked: notifications.on, onchange: async ({ target }) => (target.checked = await notifications.switch(target.checked)) }),
        "Notify me of callbacks that were given up and requests that were refused while the page is hidden",
      ),
    h("p", { class: "quiet" }, "Times are virtual: they are those of the account’s own clock. Its panel sets how they are shown."),
    h("form", { method: "dialog" }, h("button", { class: "main-button" }, "Close")),
  );
  document.body.append(dialog);
  dialog.showModal();
}
