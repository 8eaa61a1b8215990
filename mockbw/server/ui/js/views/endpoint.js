/** The health of the application's endpoint: every attempt as a dot, by time, latency and answer; and the expired callbacks. */

import { get, of } from "../api.js";
import { h, s, show, throttled } from "../dom.js";
import { count, exact, instant, latency, span, time, whole } from "../format.js";
import { address, go } from "../router.js";
import { callbackBadge } from "../states.js";
import { reason, store } from "../store.js";
import { redeliverCard } from "./redeliver.js";

/** How many journal entries are read back. */
const BACK = 6000;

/** The maximum number of attempts that are drawn. */
const DRAWN = 1500;

/** The number of callbacks whose URL is remembered, for their attempts. */
const REMEMBERED = 20_000;

/** The maximum number of callbacks in a list. */
const LISTED = 50;

const CLASSES = [
  ["2xx", "ok", "answered 2xx"],
  ["3xx", "warn", "redirected"],
  ["4xx", "warn", "answered 4xx"],
  ["5xx", "bad", "answered 5xx"],
  ["none", "bad", "no answer"],
];

const classOf = ({ status }) => (status === null ? "none" : `${Math.min(5, Math.max(2, Math.floor(status / 100)))}xx`);

/** The view; see `app.js` for what a view is. */
export function endpointView(account) {
  const element = h("div", { class: "endpoint page" });
  let attempts = null;
  let born = new Map();
  let last = 0;
  let expired = null;
  let waiting = null;
  let problem = null;

  /** The ids of the selected callbacks. */
  const selection = new Set();
  const redeliver = redeliverCard(account, selection);

  const top = h("div", { class: "endpoint-part" });
  const lists = h("div", { class: "endpoint-part" });
  element.append(top, redeliver.element, lists);

  const load = throttled(async () => {
    if (!store.known) return draw();
    try {
      if (attempts === null) {
        const { next } = await get("journal", { account, after: Number.MAX_SAFE_INTEGER, limit: 1 });
        last = Math.max(0, next - BACK);
        attempts = [];
      }
      const page = await get("journal", { account, after: last, limit: BACK });
      page.entries.forEach(learn);
      last = page.next;
      attempts = attempts.slice(-DRAWN);
      const found = await Promise.all(["expired", "waiting"].map((status) => get(of(account, "callbacks"), { status, limit: LISTED, count: true })));
      [expired, waiting] = found;
      problem = null;
    } catch (error) {
      problem = error;
    }
    draw();
    redeliver.update();
  }, 700);

  function learn({ type, callback, message, time: at, data }) {
    if (type === "callback-created") {
      born.set(callback, { url: data.url, event: data.event.type });
      if (born.size > REMEMBERED) born.delete(born.keys().next().value);
    }
    if (type !== "attempt-finished") return;
    const { url = "", event = "" } = born.get(callback) ?? {};
    attempts.push({ at: instant(at), message, url, event, number: data.number, ...data.outcome });
  }

  function draw() {
    show(
      top,
      h("header", { class: "page-head" }, h("h1", null, "Endpoint")),
      problem && h("p", { class: "problem" }, reason(problem)),
      attempts?.length ? [numbers(), picture(), origins()] : h("p", { class: "quiet" }, "No callback has been attempted yet. Every answer of your endpoint will be drawn here."),
    );
    show(
      lists,
      callbackList("Gave up: the endpoint never answered 2xx", expired, "bad"),
      callbackList("Waiting for another attempt", waiting, "time"),
    );
  }

  function numbers() {
    const fine = attempts.filter(({ delivered }) => delivered).length;
    const sorted = attempts.filter(({ status }) => status !== null).map(({ latency_ms }) => latency_ms).sort((one, other) => one - other);
    const at = (share) => (sorted.length ? latency(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]) : "–");
    return h(
      "dl",
      { class: "figures" },
      [
        [`${Math.round((100 * fine) / attempts.length)} %`, "of attempts answered 2xx"],
        [at(0.5), "latency, median"],
        [at(0.95), "latency, 95 of 100"],
        [(expired?.matching ?? 0).toLocaleString("en"), "callbacks given up", expired?.matching > 0],
        [(waiting?.matching ?? 0).toLocaleString("en"), "waiting"],
      ].map(([value, title, bad]) => h("div", { class: bad ? "figure bad" : "figure" }, h("dt", null, title), h("dd", null, value))),
    );
  }

  function picture() {
    const width = Math.max(300, (element.clientWidth || 700) - 48);
    const height = 230;
    const [left, right, top, bottom] = [52, 12, 12, 26];
    const times = attempts.map(({ at }) => at);
    const [from, to] = [Math.min(...times), Math.max(...times)];
    const x = (at) => left + ((width - left - right) * (to === from ? 0.5 : (at - from) / (to - from)));
    const most = Math.max(100, ...attempts.map(({ latency_ms }) => latency_ms));
    const y = (ms) => height - bottom - ((height - top - bottom) * Math.log1p(ms)) / Math.log1p(most);
    const lines = [1, 10, 100, 1000, 10_000].filter((ms) => ms <= most);
    const steps = Math.max(2, Math.floor(width / 180));
    return h(
      "figure",
      { class: "card health" },
      s(
        "svg",
        { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${count(attempts.length, "attempt")} by virtual time and latency: ${tally()}` },
        lines.map((ms) => s("g", { class: "life-tick" }, s("line", { x1: left, x2: width - right, y1: y(ms), y2: y(ms) }), s("text", { x: left - 8, y: y(ms) + 4, "text-anchor": "end" }, span(ms)))),
        Array.from({ length: steps + 1 }, (_, step) => from + ((to - from) * step) / steps).map((at, step) => (to > from || step === 0) && s("text", { class: "health-time", x: to > from ? x(at) : width / 2, y: height - 6, "text-anchor": to === from ? "middle" : step === 0 ? "start" : step === steps ? "end" : "middle" }, to - from > 86_400_000 ? whole(at).slice(5, 16) : time(at))),
        attempts.map((one) => {
          const kind = classOf(one);
          const [cx, cy] = [x(one.at), y(one.latency_ms)];
          return s(
            "g",
            { class: `health-dot k${kind}`, onclick: () => go({ account, view: "messages", id: one.message }) },
            one.delivered ? s("circle", { cx, cy, r: 3.5 }) : s("path", { d: `M${cx - 3.5} ${cy - 3.5}l7 7M${cx + 3.5} ${cy - 3.5}l-7 7` }),
            s("title", null, `${exact(one.at)}  ${one.event}, attempt ${one.number}: ${one.status ?? one.fault}, ${latency(one.latency_ms)}`),
          );
        }),
      ),
      h("figcaption", null, h("ul", { class: "legend" }, CLASSES.filter(([kind]) => attempts.some((one) => classOf(one) === kind)).map(([kind, , text]) => h("li", null, h("i", { class: `legend-dot k${kind}`, "aria-hidden": "true" }), `${text}: ${attempts.filter((one) => classOf(one) === kind).length}`)))),
    );
  }

  const tally = () => CLASSES.map(([kind, , text]) => [text, attempts.filter((one) => classOf(one) === kind).length]).filter(([, number]) => number > 0).map(([text, number]) => `${number} ${text}`).join(", ");

  /** One row for each URL that callbacks went to: the newest answers as a strip. */
  function origins() {
    const byUrl = grouped(attempts);
    return h(
      "section",
      { "aria-label": "By URL" },
      h("h2", null, "By URL"),
      h(
        "ul",
        { class: "origins" },
        [...byUrl].map(([url, own]) =>
          h(
            "li",
            { key: url, class: "card" },
            h("code", null, url || "started before this period"),
            h("span", { class: "strip", role: "img", "aria-label": `The last ${Math.min(40, own.length)} answers, ${own.slice(-40).filter(({ delivered }) => delivered).length} of them 2xx` }, own.slice(-40).map((one) => h("i", { class: `k${classOf(one)}`, title: `${exact(one.at)} ${one.status ?? one.fault}` }))),
            h("span", { class: "quiet" }, count(own.length, "attempt")),
          ),
        ),
      ),
    );
  }

  function callbackList(title, list, mood) {
    if (!list?.callbacks.length) return null;
    const { callbacks, matching } = list;
    return h(
      "section",
      { "aria-label": title, class: `callback-list ${mood}` },
      h("h2", null, title, matching > callbacks.length && h("span", { class: "quiet" }, ` (the newest ${callbacks.length} of ${matching.toLocaleString("en")})`)),
      h(
        "ul",
        { class: "rows" },
        callbacks.map((callback) =>
          h(
            "li",
            { key: callback.id, class: "callback-row" },
            h("input", { type: "checkbox", checked: selection.has(callback.id), "aria-label": `Select ${callback.event.type} ${callback.id}`, onchange: (event) => select(callback.id, event.target.checked) }),
            h("a", { class: "row-link", href: address({ account, view: "messages", id: callback.message }) }, h("b", null, callback.event.type), callback.event.error && h("span", { class: "bad-text" }, callback.event.error), callback.event.recipient && h("span", null, callback.event.recipient), callbackBadge(callback), h("span", { class: "quiet" }, `${count(callback.attempt_count, "attempt")}${callback.last_attempt?.outcome ? `, last ${callback.last_attempt.outcome.status ?? callback.last_attempt.outcome.fault}` : ""}`), callback.next_due && h("span", { class: "time-text" }, `next ${time(instant(callback.next_due))}`)),
          ),
        ),
      ),
    );
  }

  function select(id, on) {
    if (on) selection.add(id);
    else selection.delete(id);
    redeliver.update();
  }

  const resized = new ResizeObserver(() => draw());
  resized.observe(element);
  const ends = [
    store.on("news", (entries) => entries.some(({ type }) => type.startsWith("attempt") || type.startsWith("callback")) && load()),
    store.on("accounts", () => attempts === null && load()),
    store.on("lost", () => {
      attempts = null;
      born = new Map();
      load();
    }),
  ];
  load();
  return {
    element,
    route: draw,
    close() {
      redeliver.close();
      resized.disconnect();
      ends.forEach((end) => end());
    },
  };
}

function grouped(attempts) {
  const found = new Map();
  for (const one of attempts) found.set(one.url, [...(found.get(one.url) ?? []), one]);
  return found;
}
