/** Asks for the control token, where the server has one. It is kept for this tab, until it is closed. */

import { h } from "./dom.js";

/** Show the question; promises the token. `wrong`: the one that is kept was refused. */
export function askForToken(wrong) {
  return new Promise((resolve) => {
    const input = h("input", { type: "password", id: "token", name: "token", autocomplete: "current-password", required: true });
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "token-title", oncancel: (event) => event.preventDefault() },
      h("h2", { id: "token-title" }, "This server has a control token"),
      wrong && h("p", { class: "problem", role: "alert" }, "That one is not right."),
      h("p", { class: "quiet" }, "It was set with MOCKBW_CONTROL_TOKEN, or control-token in mockbw.yaml. This tab keeps it until it is closed."),
      h(
        "form",
        {
          class: "row",
          onsubmit(event) {
            event.preventDefault();
            dialog.remove();
            resolve(input.value);
          },
        },
        h("label", { class: "field grow", for: "token" }, "Control token", input),
        h("button", { class: "main-button" }, "Open"),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
