/** Shown while there is no message: how to point an application to this server, as snippets to copy. */

import { BASE_URL } from "../api.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { address } from "../router.js";
import { copy } from "../says.js";
import { snippets } from "../snippets.js";

/** The element for an account that has no messages. */
export function emptyView(account) {
  const ways = snippets(account);
  let chosen = 0;
  const code = h("pre", { class: "code", tabindex: "0", id: "snippet", role: "tabpanel" });
  const tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Ways to send" });

  function draw() {
    tabs.replaceChildren(
      ...ways.map(({ title }, index) =>
        h("button", { role: "tab", "aria-selected": index === chosen ? "true" : "false", "aria-controls": "snippet", onclick: () => choose(index) }, title),
      ),
    );
    code.textContent = ways[chosen].text;
    code.setAttribute("aria-label", `${ways[chosen].title} example`);
  }

  function choose(index) {
    chosen = index;
    draw();
    tabs.children[index].focus();
  }

  draw();
  return h(
    "div",
    { class: "start" },
    h("p", { class: "start-sign" }, h("i", { "aria-hidden": "true" }), "Listening"),
    h("h1", null, "Send the first message"),
    h("p", { class: "lead" }, "Point your application to this URL instead of ", h("code", null, "messaging.bandwidth.com"), ". Any credentials are accepted unless you configured some, and the message appears on this page by itself."),
    h("div", { class: "base-url" }, h("code", null, BASE_URL), h("button", { class: "plain round", "aria-label": "Copy the base URL", title: "Copy", onclick: () => copy(BASE_URL, "Base URL") }, icon("copy"))),
    h("div", { class: "start-code" }, h("div", { class: "row tight" }, tabs, h("button", { class: "small-button", onclick: () => copy(ways[chosen].text, `${ways[chosen].title} lines`) }, icon("copy"), "Copy")), code),
    h("p", { class: "start-try" }, h("a", { class: "main-button", href: address({ account, view: "messages", id: "new" }) }, icon("send"), "Send one from here"), h("span", { class: "quiet" }, "as an application would")),
  );
}
