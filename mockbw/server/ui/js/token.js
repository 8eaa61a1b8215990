/** Asks for the control token, if the server has one. It is kept until the tab is closed. */

import { h } from "./dom.js";

/** Show the dialog; returns a promise of the token. `wrong`: the stored one was refused. */
export function askForToken(wrong) {
  return new Promise((resolve) => {
    const input = h("input", { type: "password", id: "token", name: "token", autocomplete: "current-password", required: true });
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "token-title", oncancel: (event) => event.preventDefault() },
      h("h2", { id: "token-title" }, "This server has a control token"),
      wrong && h("p", { class: "problem", role: "alert" }, "This token is wrong."),
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
