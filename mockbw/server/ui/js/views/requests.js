/** The application's requests to the platform's API: why they were refused, and what was sent and returned. */

import { get, of } from "../api.js";
import { h, show, throttled } from "../dom.js";
import { count, instant, pretty, when, whole, zone } from "../format.js";
import { icon } from "../icons.js";
import { ask, createBody } from "../platform.js";
import { address, go } from "../router.js";
import { attempt, copy, say } from "../says.js";
import { curlRequest } from "../snippets.js";
import { reason, store } from "../store.js";
import { headers } from "./callbacks.js";

const SHOWN = 300;

/** The server stores at most this many bytes of a body; one of that length may be cut. */
const KEPT = 4096;

/** The view; see `app.js` for what a view is. */
export function requestsView(account) {
  const element = h("div", { class: "requests page" });
  let refused = false;
  let chosen = null;
  let requests = null;
  let matching = 0;
  let problem = null;

  /** The requests that were opened, by number: `{detail, message}`. */
  const opened = new Map();

  const load = throttled(async () => {
    if (!store.known) return draw();
    try {
      ({ requests, matching } = await get(of(account, "requests"), { limit: SHOWN, refused: refused ? "true" : null }));
      problem = null;
    } catch (error) {
      problem = error;
    }
    draw();
    revealChosen();
  }, 300);

  function route({ id, query }) {
    const wanted = query.get("refused") === "true";
    chosen = id;
    if (wanted !== refused) {
      refused = wanted;
      load();
    }
    draw();
    revealChosen();
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
      h("p", { class: "quiet" }, "Requests of applications to the platform’s API, newest first", matching > SHOWN && `: the last ${SHOWN} of ${count(matching, "request")}`, "."),
      problem && h("p", { class: "problem" }, reason(problem)),
      requests?.length ? h("ul", { class: "rows request-list", "aria-label": "Requests" }, requests.map(row)) : h("p", { class: "quiet" }, requests === null && store.known ? "Loading …" : "None."),
    );
  }

  function row({ number, time: at, method, path, status, because }) {
    return h(
      "li",
      { key: number },
      h(
        "details",
        { id: `request-${number}`, ontoggle: (event) => event.target.open && learn(number) },
        h(
          "summary",
          { class: "request" },
          h("time", { datetime: at, title: `${whole(instant(at))} ${zone()}` }, when(instant(at), store.now())),
          h("span", { class: `badge ${status >= 400 || status === 0 ? "bad" : "answered"}` }, status || "no response"),
          h("code", { class: "request-path" }, `${method} ${path}`),
          because && h("span", { class: "request-why" }, because),
        ),
        opened.has(number) && about(opened.get(number)),
      ),
    );
  }

  async function learn(number) {
    if (opened.has(number)) return;
    await attempt(async () => {
      const detail = await get(of(account, "requests", number));
      const message = detail.message === null ? null : await get(of(account, "messages", detail.message)).catch(() => null);
      opened.set(number, { detail, message });
    });
    draw();
  }

  function about({ detail, message }) {
    const { contents } = detail;
    const body = contents?.body ?? (message === null ? "" : JSON.stringify(createBody(message)));
    const complete = new TextEncoder().encode(body).length < KEPT;
    return h(
      "div",
      { class: "request-about" },
      h(
        "div",
        { class: "actions" },
        h("button", { class: "small-button", disabled: !complete, onclick: () => sendAgain(detail, body) }, icon("again"), "Send again"),
        h("button", { class: "small-button", disabled: !complete, onclick: () => copy(curlRequest(detail, body), "curl command") }, icon("copy"), "Copy as curl"),
        detail.message && h("a", { class: "small-button", href: address({ account, view: "messages", id: detail.message }) }, icon("messages"), "Open the message"),
        h("button", { class: "small-button", onclick: () => copy(location.origin + location.pathname + address({ account, view: "requests", id: detail.number }), "Link") }, icon("copy"), "Copy link"),
      ),
      nearMisses(message),
      part("Request", contents?.headers ?? [], body, sentNote(detail, message, complete)),
      contents && part("Response", contents.answer_headers, contents.answer, contents.answer ? null : "The response is defined by the scenario or the outage."),
    );
  }

  function sentNote({ contents }, message, complete) {
    if (!complete) return "Only the start of the body is stored.";
    if (contents !== null) return null;
    return message === null ? "Headers and body are stored only for the newest refused requests." : "As it was parsed: headers are stored only for refused requests.";
  }

  const part = (title, pairs, body, note) =>
    h("section", { "aria-label": title }, h("h3", null, title), note && h("p", { class: "quiet" }, note), headers(pairs), body && h("pre", { class: "code", tabindex: "0" }, pretty(body)));

  function nearMisses(message) {
    const misses = message?.plan?.near_misses ?? [];
    return misses.length > 0 && h("section", { "aria-label": "Near misses" }, h("h3", null, "Near misses"), h("ul", null, misses.map(({ scenario, because }) => h("li", null, h("b", null, scenario), ` was not played: ${because}`))));
  }

  async function sendAgain({ method, path, contents }, body) {
    const type = contents?.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "application/json";
    const answer = await ask(method, new URL(path.replace(/^\//, ""), document.baseURI), { headers: body ? { "Content-Type": type } : {}, body: body || undefined });
    say(answer.status === 0 ? "No response" : `Response: ${answer.status}`, { bad: answer.status === 0 || answer.status >= 400 });
    load();
  }

  /** Open the request in the address, once. */
  function revealChosen() {
    const details = chosen === null ? null : document.getElementById(`request-${chosen}`);
    if (!details) return;
    chosen = null;
    details.open = true;
    details.scrollIntoView({ block: "center" });
    details.querySelector("summary").focus({ preventScroll: true });
  }

  const ends = [store.on("lost", load), store.on("accounts", load), store.on("news", (entries) => entries.some(({ type }) => type === "request-answered") && load())];
  load();
  return { element, route, close: () => ends.forEach((end) => end()) };
}
