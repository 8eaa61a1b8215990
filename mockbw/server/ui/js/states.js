/** States as small labels: always a word and a shape, never a colour alone. */

import { h } from "./dom.js";

const MOODS = {
  accepted: "plain", queued: "plain", sent: "info", delivered: "ok", received: "info", failed: "bad", expired: "bad",
  waiting: "time", attempting: "time", cancelled: "plain", "to come": "time", valid: "ok", "not valid": "bad", "not saved": "warn",
};

/** A label for a state, e.g. `delivered` or `failed 4770`. */
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
