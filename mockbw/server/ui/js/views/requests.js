/** The application's requests to the platform's API, and why they were refused. */

import { get, of } from "../api.js";
import { h, show, throttled } from "../dom.js";
import { instant, time, whole } from "../format.js";
import { address, go } from "../router.js";
import { reason, store } from "../store.js";

const SHOWN = 300;

/** The view; see `app.js` for what a view is. */
export function requestsView(account) {
  const element = h("div", { class: "requests page" });
  let refused = false;
  let requests = null;
  let problem = null;

  const load = throttled(async () => {
    if (!store.known) return draw();
    try {
      ({ requests } = await get(of(account, "requests"), { limit: SHOWN, refused: refused ? "true" : null }));
      problem = null;
    } catch (error) {
      problem = error;
    }
    draw();
  }, 300);

  function route({ query }) {
    const wanted = query.get("refused") === "true";
    if (wanted !== refused) {
      refused = wanted;
      load();
    }
    draw();
  }

  function draw() {
    show(
      element,
      h(
        "header",
        { class: "page-head" },
        h("h1", { class: "grow" }, "Requests"),
        h("label", { class: "check" }, h("input", { type: "checkbox", checked: refused, onchange: (event) => go({ account, view: "requests", query: event.target.checked ? { refused: "true" } : {} }, { replace: true }) }), "Only refused"),
      ),
      h("p", { class: "quiet" }, `The last ${SHOWN} requests of applications to the platform’s API, newest first.`),
      problem && h("p", { class: "problem" }, reason(problem)),
      requests?.length
        ? h(
            "div",
            { class: "table-frame", tabindex: "0", role: "group", "aria-label": "Requests" },
            h(
              "table",
              null,
              h("thead", null, h("tr", null, ["When", "Answer", "Request", "Why"].map((title) => h("th", { scope: "col" }, title)))),
              h("tbody", null, requests.map(row)),
            ),
          )
        : h("p", { class: "quiet" }, requests === null && store.known ? "Loading …" : "None."),
    );
  }

  const row = ({ time: at, method, path, status, message, because }) =>
    h(
      "tr",
      null,
      h("td", null, h("time", { datetime: at, title: `${whole(instant(at))} UTC` }, time(instant(at)))),
      h("td", null, h("span", { class: `badge ${status >= 400 || status === 0 ? "bad" : "ok"}` }, status || "no answer")),
      h("td", null, h("code", null, `${method} ${path}`), message && [" ", h("a", { href: address({ account, view: "messages", id: message }) }, "message")]),
      h("td", null, because),
    );

  const ends = [store.on("lost", load), store.on("accounts", load), store.on("news", (entries) => entries.some(({ type }) => type === "request-answered") && load())];
  load();
  return { element, route, close: () => ends.forEach((end) => end()) };
}
