/** The clock in hand: what time it is for the account, what comes next, what holds it, and the buttons that move it. */

import { call, of } from "./api.js";
import { h, show } from "./dom.js";
import { count, day, exact, span, time } from "./format.js";
import { icon } from "./icons.js";
import { attempt, say } from "./says.js";
import { flows, learnClock, refreshClock, store } from "./store.js";

const MODES = [
  ["manual", "Manual", "Moves only when told: step by step, or by hours."],
  ["auto", "Auto", "Jumps to what is due next as soon as nothing is in flight."],
  ["scaled", "Scaled", "Runs, and faster than the clock on the wall."],
  ["real", "Real", "Runs with the clock on the wall."],
];

/** Draw the clock into `host` and keep it going. */
export function clockBar(host) {
  let busy = false;

  async function advance(body, button) {
    if (busy) return;
    busy = true;
    draw();
    const done = await attempt(() => call("POST", of(store.account, "clock", "advance"), { body }));
    busy = false;
    if (done) {
      learnClock(done.clock);
      say(told(done));
    }
    draw();
    button?.focus();
  }

  async function set(body) {
    const clock = await attempt(() => call("PUT", of(store.account, "clock"), { body }));
    if (clock) learnClock(clock);
  }

  function draw() {
    const { clock } = store;
    if (clock === null) {
      show(host, h("p", { class: "quiet clock-none" }, store.known ? "Reading the clock …" : "The clock starts with the account’s first request."));
      return;
    }
    const still = !flows(clock);
    show(
      host,
      h(
        "div",
        { class: "clock-face" },
        modeButton(clock),
        h("p", { class: "clock-now" }, h("span", { class: "unseen" }, "Virtual time "), h("span", { class: "clock-day", "data-day": "" }, day(store.now())), h("b", { "data-now": "" }, face(clock))),
      ),
      h("p", { class: "clock-next" }, next(clock)),
      h(
        "div",
        { class: "clock-buttons", role: "group", "aria-label": "Move the clock" },
        mover("step", "Next step", { steps: 1 }, { disabled: !still || clock.idle, "data-step": "" }),
        mover("hour", "+1 h", { by: "1h" }, { disabled: !still }),
        mover("idle", "Until idle", { until: "idle" }, { disabled: clock.idle }),
      ),
      panel(clock),
    );
  }

  function mover(picture, text, body, props) {
    const why = props.disabled ? (store.clock.idle ? "Nothing is to come" : "This clock runs by itself; choose Manual to move it") : null;
    return h(
      "button",
      { class: "tool", title: why, ...props, disabled: props.disabled || busy, onclick: (event) => advance(body, event.currentTarget) },
      icon(picture),
      h("span", null, text),
    );
  }

  const modeButton = (clock) =>
    h(
      "button",
      { class: "mode", popovertarget: "clock-panel", "aria-label": `Clock: ${modeText(clock)}. Change` },
      modeText(clock),
      icon("down"),
    );

  const panel = (clock) =>
    h(
      "div",
      { id: "clock-panel", class: "panel", popover: "auto" },
      h("h2", null, "The account’s clock"),
      h(
        "fieldset",
        { class: "modes" },
        h("legend", { class: "unseen" }, "Mode"),
        MODES.map(([mode, title, what]) =>
          h(
            "label",
            { key: mode },
            h("input", { type: "radio", name: "mode", value: mode, checked: clock.mode === mode, onchange: () => set({ mode }) }),
            h("span", null, h("b", null, title), h("span", { class: "quiet" }, what)),
          ),
        ),
      ),
      h(
        "form",
        {
          class: "row",
          onsubmit(event) {
            event.preventDefault();
            set({ mode: "scaled", day: event.target.day.value });
          },
        },
        h("label", { class: "field grow" }, "24 hours take", h("input", { name: "day", placeholder: "60s", required: true, autocomplete: "off" })),
        h("button", { class: "small-button" }, "Scale"),
      ),
      h(
        "form",
        {
          class: "row",
          onsubmit(event) {
            event.preventDefault();
            advance({ by: event.target.by.value });
          },
        },
        h("label", { class: "field grow" }, "Move on by", h("input", { name: "by", placeholder: "6h, 90s, 1d …", required: true, autocomplete: "off" })),
        h("button", { class: "small-button", disabled: flows(clock) }, "Move"),
      ),
      h("p", { class: "quiet" }, holds(clock)),
    );

  store.on("clock", draw);
  store.on("accounts", draw);
  draw();
  setInterval(() => tick(host), 100);
  // What holds a clock comes and goes without an entry in the journal.
  setInterval(() => (store.clock?.holds.length ? refreshClock() : null), 2000);
}

const modeText = (clock) => (clock.mode === "scaled" ? `Scaled ×${Number(clock.rate.toPrecision(4)).toLocaleString("en")}` : MODES.find(([mode]) => mode === clock.mode)[1]);

/** A clock that races shows no milliseconds: nobody can read them. */
const face = (clock) => (flows(clock) && clock.rate > 30 ? time : exact)(store.now());

function tick(host) {
  const { clock } = store;
  if (clock === null || !flows(clock)) return;
  const now = host.querySelector("[data-now]");
  if (now === null) return;
  now.textContent = face(clock);
  host.querySelector("[data-day]").textContent = day(store.now());
  const next = host.querySelector("[data-next]");
  if (next !== null && clock.next_deadline !== null) next.textContent = due(clock);
}

const due = (clock) => (clock.next_deadline > store.now() ? `in ${span(clock.next_deadline - store.now())}` : "now");

function next(clock) {
  if (clock.holds.length > 0) return [h("b", { class: "held" }, "Held"), ` by ${clock.holds.map(({ name }) => name).join(", ")}`];
  if (clock.next_deadline === null) return clock.idle ? "Idle: nothing is to come" : "Nothing is due; a callback is under way";
  return ["Next ", h("b", { "data-next": "" }, due(clock)), h("span", { class: "clock-at" }, ` at ${exact(clock.next_deadline)}`)];
}

function holds(clock) {
  if (clock.holds.length === 0) return "Nothing holds it.";
  return `Held by: ${clock.holds.map(({ name, by_hand }) => (by_hand ? `${name} (by hand)` : name)).join(", ")}`;
}

function told({ before, clock, attempts, delivered, expired }) {
  const went = Date.parse(clock.now) - Date.parse(before);
  const parts = [count(attempts, "attempt")];
  if (delivered) parts.push(`${delivered} answered 2xx`);
  if (expired) parts.push(`${expired} gave up`);
  return `${went > 0 ? `${span(went)} later` : "No time passed"}: ${parts.join(", ")}`;
}
