/** One message: what was sent, its lifecycle as a chart and as text, and the actions for it. */

import { call, get, of } from "../api.js";
import { h, show, throttled } from "../dom.js";
import { count, exact, instant, latency, offset, webUrl, whole, zone } from "../format.js";
import { icon } from "../icons.js";
import { drawLife } from "../life.js";
import { picture } from "../picture.js";
import { address } from "../router.js";
import { attempt, copy, say } from "../says.js";
import { curl } from "../snippets.js";
import { badge, outcomeWord, states } from "../states.js";
import { flows, reason, store } from "../store.js";
import { callbackCards, revealAttempt } from "./callbacks.js";

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
    if (closed) return;
    draw();
    sayOutcomes();
  }, 120);

  /** The callbacks with an extra attempt in progress, and how many attempts they had before. */
  const awaited = new Map();

  /** The line for now moves with the clock. */
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
        h("div", { class: "grow" }, h("h1", null, incoming ? `From ${message.from}` : `To ${message.to.length > 1 ? count(message.to.length, "recipient") : message.to[0]}`), h("p", { class: "quiet" }, `${whole(at)} ${zone()}`)),
        h("span", { class: "message-states" }, states(message)),
      ),
      h("div", { class: "bubble-row" }, message.text ? h("p", { class: "bubble", dir: "auto" }, message.text) : h("p", { class: "quiet" }, "No text."), message.media.map((_, index) => picture(account, message, index))),
      actions(),
      h("section", { class: "card life-card", "aria-label": "Lifecycle of the message" }, life(), legend()),
      why(),
      h("section", { "aria-label": "Callbacks" }, h("h2", null, "Callbacks"), callbackCards(message, { redeliver, cancel: (callback) => act("callbacks", callback.id, "cancel", "It will not be attempted again") }), stepsToCome(at)),
      facts(),
      history(at),
    );
    const frame = body.querySelector(".life-frame");
    // At first the width of the frame is not known yet.
    if (frame.clientWidth !== drawnFor && frame.clientWidth > 0) show(frame, lifeIn(frame.clientWidth));
  }

  const backButton = () => h("button", { class: "plain round back", "aria-label": "Back to the list", onclick: back }, icon("back"));

  let drawnFor = 0;

  function lifeIn(width) {
    drawnFor = width;
    return drawLife(message, { width: Math.max(260, width), now: store.now() ?? instant(message.time), chosen: revealAttempt });
  }

  const life = () => h("div", { class: "life-frame", tabindex: "0", role: "group", "aria-label": "Chart of the lifecycle; it scrolls horizontally when it is long" }, lifeIn(body.querySelector(".life-frame")?.clientWidth ?? 600));

  const legend = () =>
    h(
      "ul",
      { class: "legend" },
      [["ok", "answered 2xx"], ["bad", "failed"], ["due", "upcoming"], ["step", "step of the timeline"], ["withheld", "not sent"]].map(([shape, text]) => h("li", null, h("i", { class: `legend-${shape}`, "aria-hidden": "true" }), text)),
      h("li", { class: "quiet" }, "virtual time, on a scale where seconds and a day are both visible"),
    );

  function actions() {
    const ahead = message.steps_to_come.length > 0 || message.callbacks.waiting + message.callbacks.attempting > 0;
    return h(
      "div",
      { class: "actions" },
      message.direction === "out" && h("button", { class: "small-button", onclick: () => copy(curl(account, message), "curl command") }, icon("copy"), "Copy as curl"),
      message.direction === "out" && h("a", { class: "small-button", href: address({ account, view: "messages", id: "new", query: { like: id } }) }, icon("again"), "Send again"),
      h("button", { class: "small-button", onclick: () => copy(location.href, "Link") }, icon("copy"), "Copy link"),
      h("a", { class: "small-button", href: address({ account, view: "scenarios", id: "new", query: { from: id } }) }, icon("scenarios"), "Save as scenario"),
      h("a", { class: "small-button", href: address({ account, view: "handset", query: { own: message.owner, handset: message.direction === "in" ? message.from : message.to[0] } }) }, icon("handset"), "On the handset"),
      ahead && h("button", { class: "small-button danger", onclick: () => act("messages", id, "cancel", "The rest is cancelled") }, icon("close"), "Cancel the rest"),
    );
  }

  function why() {
    const { plan } = message;
    if (plan === null) return null;
    const misses = plan.near_misses.map(({ scenario, because }) => h("li", null, h("b", null, scenario), ` does not match: ${because}`));
    const link = (name) => h("a", { href: address({ account, view: "scenarios", id: name }) }, name);
    return h(
      "div",
      { class: "why" },
      h("p", null, plan.scenario ? ["Plays the scenario ", link(plan.scenario), ", the first that matched."] : ["Plays the edition’s own timeline; no scenario matched", misses.length ? ". The nearest:" : "."]),
      misses.length > 0 && h("ul", null, misses),
    );
  }

  function stepsToCome(since) {
    if (message.steps_to_come.length === 0) return null;
    return h(
      "div",
      { class: "card steps" },
      h("h3", null, "Upcoming"),
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

  async function act(what, name, verb, said = null) {
    const done = await attempt(() => call("POST", of(account, what, name, verb)));
    if (done !== undefined && said !== null) say(said);
    load();
  }

  /** Make one extra attempt of a callback; once it has ended, show how and open it. */
  async function redeliver(callback) {
    awaited.set(callback.id, callback.attempts.length);
    await act("callbacks", callback.id, "redeliver");
  }

  function sayOutcomes() {
    for (const [id, before] of awaited) {
      const made = message.callback_details.find((callback) => callback.id === id)?.attempts.find(({ number, by_hand, outcome }) => by_hand && number > before && outcome !== null);
      if (!made) continue;
      awaited.delete(id);
      say(`Attempt ${made.number} ${outcomeWord(made.outcome)}, ${latency(made.outcome.latency_ms)}`, { bad: !made.outcome.delivered });
      revealAttempt(id, made.number);
    }
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
