/** One message: what was sent, its life as a drawing and as text, and what can be done with it. */

import { call, get, of } from "../api.js";
import { h, show, throttled } from "../dom.js";
import { count, exact, instant, latency, offset, pretty, webUrl, whole } from "../format.js";
import { icon } from "../icons.js";
import { drawLife } from "../life.js";
import { picture } from "../picture.js";
import { address } from "../router.js";
import { attempt, copy, say } from "../says.js";
import { curl } from "../snippets.js";
import { badge, states } from "../states.js";
import { flows, reason, store } from "../store.js";

/** How many times still to come are told one by one. */
const TOLD = 4;

/** Of a long row of attempts, how many are listed at each end; those between are folded away. */
const ENDS = 3;

/** The panel of a message; `back()` leaves it. It has `element`, `hear(entries or null)`, `clock()` and `close()`. */
export function messagePanel(account, id, back) {
  const body = h("div", { class: "message" }, h("p", { class: "quiet pad" }, "Loading …"));
  const element = h("article", { class: "message-scroll" }, body);
  let message = null;
  let closed = false;

  const load = throttled(async () => {
    if (closed) return;
    try {
      message = await get(of(account, "messages", id));
    } catch (error) {
      if (!closed && message === null) show(body, backButton(), h("p", { class: "pad" }, reason(error)));
      return;
    }
    if (!closed) draw();
  }, 120);

  /** The line of the present moves with the clock. */
  const drawSoon = throttled(async () => closed || draw(), 500);

  function draw() {
    const incoming = message.direction === "in";
    const at = instant(message.time);
    show(
      body,
      h(
        "header",
        { class: "message-head" },
        backButton(),
        h("div", { class: "grow" }, h("h1", null, incoming ? `From ${message.from}` : `To ${message.to.length > 1 ? count(message.to.length, "recipient") : message.to[0]}`), h("p", { class: "quiet" }, `${whole(at)} UTC`)),
        h("span", { class: "message-states" }, states(message)),
      ),
      h("div", { class: "bubble-row" }, message.text ? h("p", { class: "bubble", dir: "auto" }, message.text) : h("p", { class: "quiet" }, "No text."), message.media.map((_, index) => picture(account, message, index))),
      actions(),
      h("section", { class: "card life-card", "aria-label": "Life of the message" }, life(), legend()),
      why(),
      h("section", { "aria-label": "Callbacks" }, h("h2", null, "Callbacks"), message.callback_details.map((callback) => callbackCard(callback, at)), nothingTold(), message.withheld.map(withheldCard(at)), stepsToCome(at)),
      facts(),
      history(at),
    );
    const frame = body.querySelector(".life-frame");
    // The first time nobody knows yet how wide the frame will be.
    if (frame.clientWidth !== drawnFor && frame.clientWidth > 0) show(frame, lifeIn(frame.clientWidth));
  }

  const backButton = () => h("button", { class: "plain round back", "aria-label": "Back to the list", onclick: back }, icon("back"));

  let drawnFor = 0;

  function lifeIn(width) {
    drawnFor = width;
    return drawLife(message, { width: Math.max(260, width), now: store.now() ?? instant(message.time), chosen: reveal });
  }

  const life = () => h("div", { class: "life-frame", tabindex: "0", role: "group", "aria-label": "Drawing of the life; it scrolls sideways when it is long" }, lifeIn(body.querySelector(".life-frame")?.clientWidth ?? 600));

  const legend = () =>
    h(
      "ul",
      { class: "legend" },
      [["ok", "delivered"], ["bad", "failed"], ["due", "to come"], ["step", "step of the timeline"], ["withheld", "told to nobody"]].map(([shape, text]) => h("li", null, h("i", { class: `legend-${shape}`, "aria-hidden": "true" }), text)),
      h("li", { class: "quiet" }, "virtual time, drawn so that seconds and a day both show"),
    );

  function actions() {
    const ahead = message.steps_to_come.length > 0 || message.callbacks.waiting + message.callbacks.attempting > 0;
    return h(
      "div",
      { class: "actions" },
      message.direction === "out" && h("button", { class: "small-button", onclick: () => copy(curl(account, message), "curl command") }, icon("copy"), "Copy as curl"),
      h("button", { class: "small-button", onclick: () => copy(location.href, "Link") }, icon("copy"), "Copy link"),
      h("a", { class: "small-button", href: address({ account, view: "scenarios", id: "new", query: { from: id } }) }, icon("scenarios"), "Save as scenario"),
      h("a", { class: "small-button", href: address({ account, view: "handset", query: { own: message.owner, handset: message.direction === "in" ? message.from : message.to[0] } }) }, icon("handset"), "On the handset"),
      ahead && h("button", { class: "small-button danger", onclick: () => act("messages", id, "cancel", "Nothing more will come of it") }, icon("close"), "Cancel what is to come"),
    );
  }

  function why() {
    const { plan } = message;
    if (plan === null) return null;
    const misses = plan.near_misses.map(({ scenario, because }) => h("li", null, h("b", null, scenario), ` not played: ${because}`));
    const link = (name) => h("a", { href: address({ account, view: "scenarios", id: name }) }, name);
    return h(
      "div",
      { class: "why" },
      h("p", null, plan.scenario ? ["Plays the scenario ", link(plan.scenario), ", the first that matched."] : ["Goes the edition’s own way; no scenario ", misses.length ? "matched. The nearest:" : "is for it."]),
      misses.length > 0 && h("ul", null, misses),
    );
  }

  const nothingTold = () =>
    message.callback_details.length + message.withheld.length + message.steps_to_come.length === 0 && h("p", { class: "quiet" }, "None, and none to come.");

  function callbackCard(callback, since) {
    const { event } = callback;
    const over = callback.status !== "waiting" && callback.status !== "attempting";
    return h(
      "article",
      { class: "card callback", key: callback.id, "data-status": callback.status },
      h(
        "header",
        { class: "callback-head" },
        h("h3", null, event.type, event.error && h("span", { class: "bad-text" }, ` ${event.error}`)),
        badge(callback.status),
        h("span", { class: "grow" }),
        h("button", { class: "small-button", onclick: () => act("callbacks", callback.id, "redeliver", "One extra attempt is on its way") }, icon("again"), "Redeliver"),
        !over && h("button", { class: "small-button", onclick: () => act("callbacks", callback.id, "cancel", "It will not be attempted again") }, "Cancel"),
      ),
      h("p", { class: "quiet callback-where" }, event.recipient && message.to.length > 1 && h("b", null, event.recipient, " "), event.description, " → ", h("code", null, callback.url)),
      attempts(callback, since),
      toCome(callback, since),
      h("details", { class: "sent" }, h("summary", null, "What is sent"), headers(callback.headers), h("pre", { class: "code", tabindex: "0" }, pretty(callback.body))),
    );
  }

  function attempts(callback, since) {
    const rows = callback.attempts.map((one) => attemptRow(callback, one, since));
    if (rows.length <= 2 * ENDS + 2) return h("ol", { class: "attempts" }, rows);
    const between = rows.splice(ENDS, rows.length - 2 * ENDS);
    const fold = h("li", { key: "between" }, h("details", { class: "attempts-between" }, h("summary", null, `${between.length} attempts between`), h("ol", null, between)));
    return h("ol", { class: "attempts" }, rows.slice(0, ENDS), fold, rows.slice(ENDS));
  }

  function attemptRow(callback, one, since) {
    const { outcome } = one;
    const started = instant(one.started);
    const mood = outcome === null ? "time" : outcome.delivered ? "ok" : "bad";
    const answer = outcome === null ? "in flight" : (outcome.status ?? outcome.fault);
    return h(
      "li",
      { key: one.number },
      h(
        "details",
        { id: `attempt-${callback.id}-${one.number}` },
        h(
          "summary",
          { class: "attempt" },
          h("span", { class: `dot ${mood}`, "aria-hidden": "true" }),
          h("b", { class: `attempt-answer ${mood}-text` }, String(answer)),
          h("span", null, `attempt ${one.number}${one.by_hand ? ", by hand" : ""}`),
          h("span", { class: "quiet" }, outcome === null ? "" : latency(outcome.latency_ms)),
          h("time", { class: "attempt-when", title: `${whole(started)} UTC`, datetime: one.started }, offset(started, since)),
        ),
        h(
          "div",
          { class: "answer" },
          h("p", { class: "quiet" }, `Virtual ${whole(started)}`, wallOf(callback, one)),
          outcome?.detail && h("p", { class: "bad-text" }, outcome.detail),
          outcome?.challenged && h("p", { class: "quiet" }, "The endpoint asked for credentials first; this is the answer to the second request."),
          outcome && headers(outcome.headers),
          outcome && (outcome.body ? h("pre", { class: "code", tabindex: "0" }, pretty(outcome.body)) : h("p", { class: "quiet" }, outcome.status === null ? "There was no answer." : "The answer had no body.")),
        ),
      ),
    );
  }

  function wallOf(callback, one) {
    const entry = message.history.find(({ type, callback: of, data }) => type === "attempt-started" && of === callback.id && data.number === one.number);
    return entry ? `, wall ${whole(instant(entry.wall))}` : null;
  }

  function toCome(callback, since) {
    const dues = callback.to_come.map(instant);
    if (dues.length === 0) return null;
    const rest = dues.length - TOLD;
    return h(
      "p",
      { class: "to-come" },
      "Next attempt ",
      h("b", null, offset(dues[0], since)),
      dues.length > 1 && `; if it fails ${dues.slice(1, TOLD).map((due) => offset(due, since)).join(", ")}`,
      rest > 0 && ` and ${rest} more until ${offset(dues.at(-1), since)}`,
    );
  }

  const withheldCard = (since) => ({ time, event, because }) =>
    h("article", { class: "card callback withheld" }, h("header", { class: "callback-head" }, h("h3", null, event.type, event.error && ` ${event.error}`), badge("told to nobody")), h("p", null, because), h("p", { class: "quiet" }, offset(instant(time), since)));

  function stepsToCome(since) {
    if (message.steps_to_come.length === 0) return null;
    return h(
      "div",
      { class: "card steps" },
      h("h3", null, "Still to come"),
      h(
        "ol",
        null,
        message.steps_to_come.map((step) =>
          h("li", null, h("b", null, step.event ?? step.step, step.error && ` ${step.error}`), step.text && [" ", h("bdi", null, `“${step.text}”`)], message.to.length > 1 && ` for ${step.recipient}`, step.notes.length > 0 && ` (${step.notes.join(", ")})`, h("span", { class: "attempt-when" }, step.due === null ? "after the queue" : offset(instant(step.due), since))),
        ),
      ),
    );
  }

  function facts() {
    const rows = [
      ["Message id", h("code", null, message.id)],
      ["From", message.from],
      ["To", message.recipients.length > 1 ? h("ul", { class: "plain-list" }, message.recipients.map(({ number, status, error }) => h("li", null, number, " ", badge(status, error)))) : message.to.join(", ")],
      ["Kind", `${message.kind}, ${count(message.segments, "segment")}`],
      ["Application", h("code", null, message.application)],
      ["Tag", message.tag && h("bdi", null, message.tag)],
      ["Priority", message.priority],
      ["Expiration", message.expiration],
      ["Answered", message.answered && offset(instant(message.answered), instant(message.time))],
      ["Left the queue", message.dequeued && offset(instant(message.dequeued), instant(message.time))],
      ["Media", message.media.length > 0 && h("ul", { class: "plain-list" }, message.media.map((url) => h("li", null, webUrl(url) ? h("a", { href: url, target: "_blank", rel: "noreferrer" }, url) : url)))],
    ];
    return h("section", { class: "card" }, h("h2", null, "Facts"), h("dl", { class: "facts" }, rows.filter(([, value]) => value).map(([name, value]) => [h("dt", null, name), h("dd", null, value)])));
  }

  const history = (since) =>
    h(
      "details",
      { class: "card history" },
      h("summary", null, `Journal: ${count(message.history.length, "entry", "entries")}`),
      h("ol", null, message.history.map((entry) => h("li", { key: entry.number }, h("span", { class: "attempt-when" }, offset(instant(entry.time), since)), h("b", null, entry.type), entry.callback && ` ${entry.callback}`, h("span", { class: "quiet" }, ` wall ${exact(instant(entry.wall))}`)))),
    );

  async function act(what, name, verb, said) {
    const done = await attempt(() => call("POST", of(account, what, name, verb)));
    if (done !== undefined) say(said);
    load();
  }

  function reveal(callback, number) {
    const details = document.getElementById(`attempt-${callback}-${number}`);
    if (!details) return;
    for (let fold = details; fold; fold = fold.parentElement.closest("details")) fold.open = true;
    details.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    details.querySelector("summary").focus({ preventScroll: true });
  }

  const resized = new ResizeObserver(() => message && draw());
  resized.observe(element);
  const beat = setInterval(() => message !== null && store.clock !== null && flows(store.clock) && drawSoon(), 1000);
  load();
  return {
    element,
    hear(entries) {
      if (entries === null || entries.some((entry) => entry.message === id)) load();
    },
    clock() {
      if (message !== null) drawSoon();
    },
    close() {
      closed = true;
      clearInterval(beat);
      resized.disconnect();
    },
  };
}

/** Headers as a table of names and values. */
const headers = (pairs) => pairs.length > 0 && h("dl", { class: "headers" }, pairs.map(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
