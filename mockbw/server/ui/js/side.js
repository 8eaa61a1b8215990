/** The side bar: account, views, connection status, colours. On a phone it is the bar at the bottom. */

import { h, show } from "./dom.js";
import { icon } from "./icons.js";
import { showHelp } from "./keys.js";
import { address, go } from "./router.js";
import { refreshAccounts, store } from "./store.js";
import { tallies } from "./tallies.js";

export const VIEWS = [
  { name: "messages", title: "Messages" },
  { name: "handset", title: "Handset" },
  { name: "scenarios", title: "Scenarios" },
  { name: "endpoint", title: "Endpoint" },
  { name: "requests", title: "Requests" },
  { name: "account", title: "Account", icon: "settings" },
];

/** Draw it; `view` is the name of the open view. */
export function side(host, view) {
  const { account, accounts } = store;
  const names = (accounts ?? []).map(({ name }) => name);
  if (account !== null && !names.includes(account)) names.unshift(account);
  show(
    host,
    h(
      "div",
      { class: "side-head" },
      h("a", { class: "wordmark", href: address({ account, view: "messages" }) }, "mock", h("b", null, "bw")),
      h(
        "label",
        { class: "account-choice" },
        h("span", { class: "unseen" }, "Account"),
        h(
          "select",
          {
            value: account,
            title: "Account",
            onfocus: () => refreshAccounts().catch(() => {}),
            onchange: (event) => go({ account: event.target.value, view }),
          },
          names.map((name) => h("option", { value: name, key: name, selected: name === account }, name)),
        ),
      ),
    ),
    h(
      "nav",
      { class: "views", "aria-label": "Views" },
      VIEWS.map(({ name, title, icon: picture }) =>
        h(
          "a",
          { href: address({ account, view: name }), "aria-current": name === view ? "page" : null, key: name },
          icon(picture ?? name),
          h("span", null, title),
          name === "scenarios" && tallies.outage && h("b", { class: "tally" }, "outage"),
          tallies.of(name) > 0 && h("b", { class: "tally" }, tallies.of(name), h("span", { class: "unseen" }, " new")),
        ),
      ),
    ),
    h("div", { class: "side-foot" }, line(), h("div", { class: "row tight" }, themeButton(host, view), helpButton())),
  );
}

function line() {
  const [mood, text] = store.live === false ? ["off", "Not live"] : store.live ? ["on", "Live"] : ["", "Connecting …"];
  return h("p", { class: "line", "data-line": mood, role: "status" }, h("i", { "aria-hidden": "true" }), text);
}

const THEMES = ["auto", "light", "dark"];

function themeButton(host, view) {
  const theme = document.documentElement.dataset.theme;
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  const names = { auto: "as the system", light: "light", dark: "dark" };
  return h(
    "button",
    {
      class: "plain round",
      "aria-label": `Colours: ${names[theme]}. Change to ${names[next]}`,
      title: `Colours: ${names[theme]}`,
      onclick() {
        document.documentElement.dataset.theme = next;
        localStorage.setItem("mockbw.theme", next);
        side(host, view);
      },
    },
    icon(theme),
  );
}

const helpButton = () => h("button", { class: "plain round", "aria-label": "Keys and help", title: "Keys and help (?)", onclick: showHelp }, icon("help"));
