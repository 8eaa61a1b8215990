/** The callbacks of one message: every attempt with what was sent and answered, the upcoming ones, and events not sent. */

import { h } from "../dom.js";
import { instant, latency, offset, pretty, whole, zone } from "../format.js";
import { icon } from "../icons.js";
import { copy } from "../says.js";
import { curlCallback } from "../snippets.js";
import { badge, callbackBadge } from "../states.js";

/** How many upcoming times are listed one by one. */
const LISTED = 4;

/** Of a long list of attempts, how many are shown at each end; those between are collapsed. */
const ENDS = 3;

/** The cards of a message's callbacks; `redeliver(callback)` and `cancel(callback)` act on one. */
export function callbackCards(message, { redeliver, cancel }) {
  const since = instant(message.time);
  const none = message.callback_details.length + message.withheld.length + message.steps_to_come.length === 0;
  return [none && h("p", { class: "quiet" }, "None, and none are scheduled."), message.callback_details.map(card), message.withheld.map(withheldCard)];

  function card(callback) {
    const { event } = callback;
    const ahead = callback.status === "waiting" || callback.status === "attempting";
    return h(
      "article",
      { class: "card callback", key: callback.id, "data-status": callback.status },
      h(
        "header",
        { class: "callback-head" },
        h("h3", null, event.type, event.error && h("span", { class: "bad-text" }, ` ${event.error}`)),
        callbackBadge(callback),
        h("span", { class: "grow" }),
        h("button", { class: "small-button", onclick: () => redeliver(callback) }, icon("again"), "Redeliver"),
        ahead && h("button", { class: "small-button", onclick: () => cancel(callback) }, "Cancel"),
      ),
      h("p", { class: "quiet callback-where" }, event.recipient && message.to.length > 1 && h("b", null, event.recipient, " "), event.description, " → ", h("code", null, callback.url)),
      attempts(callback),
      toCome(callback),
      sent(callback),
    );
  }

  function sent(callback) {
    return h(
      "details",
      { class: "sent" },
      h("summary", null, "What is sent"),
      h(
        "div",
        { class: "actions" },
        h("button", { class: "small-button", onclick: () => copy(callback.body, "Body") }, icon("copy"), "Copy body"),
        h("button", { class: "small-button", onclick: () => copy(curlCallback(callback), "curl command") }, icon("copy"), "Copy as curl"),
      ),
      headers(callback.headers),
      h("pre", { class: "code", tabindex: "0" }, pretty(callback.body)),
    );
  }

  function attempts(callback) {
    const rows = callback.attempts.map((one) => attemptRow(callback, one));
    if (rows.length <= 2 * ENDS + 2) return h("ol", { class: "attempts" }, rows);
    const between = rows.splice(ENDS, rows.length - 2 * ENDS);
    const fold = h("li", { key: "between" }, h("details", { class: "attempts-between" }, h("summary", null, `${between.length} attempts between`), h("ol", null, between)));
    return h("ol", { class: "attempts" }, rows.slice(0, ENDS), fold, rows.slice(ENDS));
  }

  function attemptRow(callback, one) {
    const { outcome } = one;
    const started = instant(one.started);
    const mood = outcome === null ? "time" : outcome.delivered ? "ok" : "bad";
    const answer = outcome === null ? "in flight" : (outcome.status ?? outcome.fault);
    return h(
      "li",
      { key: one.number },
      h(
        "details",
        { id: attemptId(callback.id, one.number) },
        h(
          "summary",
          { class: "attempt" },
          h("span", { class: `dot ${mood}`, "aria-hidden": "true" }),
          h("b", { class: `attempt-answer ${mood}-text` }, String(answer)),
          h("span", null, `attempt ${one.number}${one.by_hand ? ", by hand" : ""}`),
          h("span", { class: "quiet" }, outcome === null ? "" : latency(outcome.latency_ms)),
          h("time", { class: "attempt-when", title: `${whole(started)} ${zone()}`, datetime: one.started }, offset(started, since)),
        ),
        h(
          "div",
          { class: "answer" },
          h("p", { class: "quiet" }, `Virtual ${whole(started)}`, wallOf(callback, one)),
          outcome?.detail && h("p", { class: "bad-text" }, outcome.detail),
          outcome?.challenged && h("p", { class: "quiet" }, "The endpoint requested credentials first; this is the answer to the second request."),
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

  function toCome(callback) {
    const dues = callback.to_come.map(instant);
    if (dues.length === 0) return null;
    const rest = dues.length - LISTED;
    return h(
      "p",
      { class: "to-come" },
      "Next attempt ",
      h("b", null, offset(dues[0], since)),
      dues.length > 1 && `; if it fails ${dues.slice(1, LISTED).map((due) => offset(due, since)).join(", ")}`,
      rest > 0 && ` and ${rest} more until ${offset(dues.at(-1), since)}`,
    );
  }

  function withheldCard({ time, event, because }) {
    return h("article", { class: "card callback withheld" }, h("header", { class: "callback-head" }, h("h3", null, event.type, event.error && ` ${event.error}`), badge("not sent")), h("p", null, because), h("p", { class: "quiet" }, offset(instant(time), since)));
  }
}

const attemptId = (callback, number) => `attempt-${callback}-${number}`;

/** Open an attempt on the page, scroll it into view and focus it. */
export function revealAttempt(callback, number) {
  const details = document.getElementById(attemptId(callback, number));
  if (!details) return;
  for (let fold = details; fold; fold = fold.parentElement.closest("details")) fold.open = true;
  details.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  details.querySelector("summary").focus({ preventScroll: true });
}

/** Headers as a list of names and values. */
export const headers = (pairs) => pairs.length > 0 && h("dl", { class: "headers" }, pairs.map(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
