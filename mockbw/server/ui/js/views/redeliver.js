/** Redelivers many callbacks at once: all that failed since a time, or the selected ones. How many is shown first. */

import { call, of } from "../api.js";
import { h, show, throttled } from "../dom.js";
import { count } from "../format.js";
import { icon } from "../icons.js";
import { attempt, say } from "../says.js";
import { store } from "../store.js";

/** The API redelivers at most this many at once. */
const MOST = 1000;

/** `[status, title]` of the callbacks that can be included. */
const STATUSES = [
  ["expired", "given up"],
  ["waiting", "waiting for another attempt"],
];

/** The card; `selection` is the set of the ids of selected callbacks. It has `element`, `update()` and `close()`. */
export function redeliverCard(account, selection) {
  const element = h("section", { class: "card redeliver", "aria-label": "Redeliver", hidden: true });
  const statuses = new Set(STATUSES.map(([status]) => status));
  let since = "";
  let matching = null;
  /** The extra attempts in progress, by callback, as `{number, delivered}`; null while there are none. */
  let awaited = null;
  /** The callbacks that were redelivered; null until the API has responded. */
  let redelivered = null;

  /** What the API is asked for. The field has no zone and is in UTC. */
  function wanted() {
    const all = STATUSES.map(([status]) => status);
    if (selection.size > 0) return { callbacks: [...selection].slice(0, MOST), status: all };
    return { status: [...statuses], ...(since ? { since: `${since}Z` } : {}) };
  }

  const post = (body) => call("POST", `${of(account, "callbacks")}/redeliver`, { body });

  const update = throttled(async () => {
    if (!store.known) return;
    if (statuses.size === 0 && selection.size === 0) matching = 0;
    else ({ matching } = await post({ ...wanted(), dry_run: true }));
    draw();
  }, 300);

  function draw() {
    element.hidden = matching === null || (matching === 0 && since === "" && statuses.size === STATUSES.length && selection.size === 0);
    const number = Math.min(MOST, matching ?? 0);
    show(
      element,
      h("h2", null, "Redeliver"),
      selection.size > 0
        ? h("p", null, `${count(selection.size, "callback")} selected. `, h("button", { class: "plain link", onclick: () => clear() }, "Clear the selection"))
        : h(
            "div",
            { class: "row" },
            STATUSES.map(([status, title]) => h("label", { class: "check", key: status }, h("input", { type: "checkbox", checked: statuses.has(status), onchange: (event) => choose(status, event.target.checked) }), title)),
            h("label", { class: "field" }, "that failed at or after (UTC)", h("input", { type: "datetime-local", step: "1", value: since, onchange: (event) => choose(null, event.target.value) })),
          ),
      h(
        "div",
        { class: "row" },
        h("button", { class: "main-button", disabled: number === 0 || awaited !== null, onclick: redeliver }, icon("again"), awaited !== null ? "Redelivering …" : `Redeliver ${count(number, "callback")}`),
        h("p", { class: "quiet" }, matching > MOST && `The oldest ${MOST.toLocaleString("en")} of ${matching.toLocaleString("en")}. `, "One extra attempt each; the retry schedule does not change."),
      ),
    );
  }

  function choose(status, value) {
    if (status === null) since = value;
    else if (value) statuses.add(status);
    else statuses.delete(status);
    update();
  }

  function clear() {
    selection.clear();
    update();
  }

  async function redeliver() {
    awaited = new Map();
    draw();
    const done = await attempt(() => post(wanted()));
    if (done === undefined) awaited = null;
    else {
      redelivered = done.callbacks;
      selection.clear();
      finish();
    }
    draw();
  }

  /** Collect how the extra attempts ended: entries may arrive before the response of the request that started them. */
  function hear(entries) {
    if (awaited === null) return;
    for (const { type, callback, data } of entries) {
      if (type === "attempt-started" && data.by_hand) awaited.set(callback, { number: data.number, delivered: null });
      const made = awaited.get(callback);
      if (type === "attempt-finished" && made?.number === data.number) made.delivered = data.outcome.delivered;
    }
    finish();
  }

  function finish() {
    const results = redelivered?.map((id) => awaited.get(id)?.delivered ?? null);
    if (!results || results.includes(null)) return;
    awaited = redelivered = null;
    const answered = results.filter(Boolean).length;
    const failed = results.length - answered;
    say(`${count(results.length, "extra attempt")}: ${answered} answered 2xx${failed > 0 ? `, ${failed} failed` : ""}`, { bad: failed > 0 });
    update();
  }

  const ends = [
    store.on("news", hear),
    // Entries are missing: how the attempts ended is shown by the lists alone.
    store.on("lost", () => {
      awaited = redelivered = null;
      update();
    }),
  ];
  update();
  return { element, update, close: () => ends.forEach((end) => end()) };
}
