/**
 * States as small labels: always a word and a shape, never a colour alone.
 *
 * "delivered" is said of messages: the handset has it. A callback is "answered 200", "waiting", or the platform "gave up".
 */

import { h } from "./dom.js";

const MOODS = {
  accepted: "plain", queued: "plain", sent: "info", delivered: "ok", received: "info", failed: "bad", cancelled: "plain",
  upcoming: "time", valid: "ok", "not valid": "bad", "not saved": "warn",
};

/** A label for a state of a message or of a text, e.g. `delivered` or `failed 4770`. */
export function badge(state, error = null) {
  return h("span", { class: `badge ${MOODS[state] ?? "plain"}`, "data-state": state }, error ? `${state} ${error}` : state);
}

/** One label for a message, or one for each state its recipients are in. */
export function states(message) {
  if (message.recipients.length <= 1) return [badge(message.status, message.error)];
  const counts = new Map();
  for (const { status, error } of message.recipients) {
    const key = error ? `${status} ${error}` : status;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, number]) => h("span", { class: `badge ${MOODS[key.split(" ")[0]] ?? "plain"}` }, `${number} ${key}`));
}

const CALLBACKS = {
  waiting: ["time", "waiting", "Not answered with 2xx yet; another attempt will follow"],
  attempting: ["time", "in flight", "The endpoint has not answered yet"],
  delivered: ["answered", "answered", "The endpoint answered with 2xx"],
  expired: ["bad", "gave up", "The endpoint never answered with 2xx; no further attempt will be made"],
  cancelled: ["plain", "cancelled", "It will not be attempted again"],
};

/** The result of a callback in a word or two: `answered 200`. */
export function callbackWord({ status, attempts, last_attempt }) {
  if (status !== "delivered") return CALLBACKS[status][1];
  const answered = attempts?.findLast(({ outcome }) => outcome?.delivered) ?? last_attempt;
  return answered?.outcome?.delivered ? `answered ${answered.outcome.status}` : "answered";
}

/** A label for a callback. */
export function callbackBadge(callback) {
  const [mood, , title] = CALLBACKS[callback.status];
  return h("span", { class: `badge ${mood}`, "data-state": callback.status, title }, callbackWord(callback));
}

/** How an attempt ended, as text: `answered 503 after 4 ms`; `failed: timeout`. */
export const outcomeWord = ({ status, fault }) => (status === null ? `failed: ${fault}` : `answered ${status}`);
