/** The clock of the current account: virtual time, the next deadline, what holds it, and the buttons that move it. */

import { call, of } from "./api.js";
import { clockPanel, modeTitle } from "./clock-panel.js";
import { h, show } from "./dom.js";
import { day, exact, span, time } from "./format.js";
import { icon } from "./icons.js";
import { moves } from "./moves.js";
import { attempt } from "./says.js";
import { flows, learnClock, reason, refreshClock, store } from "./store.js";

/** Draw the clock into `host` and keep it up to date. */
export function clockBar(host) {
  /** The mode before Pause, by account: what Resume restores. */
  const paused = new Map();

  async function set(body) {
    const clock = await attempt(() => call("PUT", of(store.account, "clock"), { body }));
    if (clock) learnClock(clock);
  }

  function pause() {
    paused.set(store.account, store.clock.mode);
    set({ mode: "manual" });
  }

  function draw() {
    const { clock } = store;
    if (store.live === false) show(host, notLive());
    else if (clock === null) show(host, h("p", { class: "quiet clock-none" }, store.known ? "Reading the clock …" : "The clock starts with the account’s first request."));
    else show(host, face(clock), h("p", { class: "clock-next" }, next(clock)), h("div", { class: "clock-buttons", role: "group", "aria-label": "Move the clock" }, buttons(clock)), clockPanel(clock, set));
  }

  const face = (clock) =>
    h(
      "div",
      { class: "clock-face" },
      h("button", { class: "mode", popovertarget: "clock-panel", "aria-label": `Clock: ${modeText(clock)}. Change` }, modeText(clock), icon("down")),
      h("p", { class: "clock-now" }, h("span", { class: "unseen" }, "Virtual time "), h("span", { class: "clock-day", "data-day": "" }, day(store.now())), h("b", { "data-now": "" }, digits(clock))),
    );

  /** A clock that runs is paused first; a long advance can be stopped. */
  function buttons(clock) {
    if (flows(clock)) return button("pause", "Pause", pause, { title: "Set the clock to manual, so that it stands until it is advanced" });
    const before = paused.get(store.account);
    const moving = moves.current === null ? null : "The clock is moving";
    const none = moving ?? (clock.idle ? "Nothing is scheduled" : null);
    return [
      moves.current?.long && button("stop", moves.current.stopped ? "Stopping …" : "Stop", moves.stop),
      before && button("play", "Resume", () => set({ mode: before }), { title: `Continue in mode ${before}` }, moving),
      button("next", "Next step", () => moves.advance({ steps: 1 }), { "data-step": "" }, none),
      button("hour", "+1 h", () => moves.advance({ by: "1h" }), {}, moving),
      button("idle", "Until idle", moves.untilIdle, {}, none),
    ];
  }

  /** A button of the clock. When disabled with the reason `not`, it stays in the Tab order, so that focus is not lost. */
  const button = (picture, text, press, props, not = null) =>
    h("button", { class: "tool", key: text, ...props, title: not ?? props?.title, "aria-disabled": not === null ? null : "true", onclick: not === null ? press : () => {} }, icon(picture), h("span", null, text));

  for (const what of ["clock", "accounts", "line"]) store.on(what, draw);
  moves.on(draw);
  draw();
  setInterval(() => tick(host), 100);
  // Holds change without an entry in the journal.
  setInterval(() => (store.clock?.holds.length ? refreshClock() : null), 2000);
}

/** Nothing on the page is live: one message about it, and what the clock last showed. */
function notLive() {
  const why = store.refused === null ? "The server does not respond." : reason(store.refused);
  return h(
    "p",
    { class: "not-live", role: "alert" },
    icon("warn"),
    h("span", null, h("b", null, why), store.stopped === null ? " Nothing here is live." : [" Nothing here is live: this is the state at ", h("b", { "data-now": "" }, `${day(store.stopped)} ${time(store.stopped)}`), "."], " The page reconnects by itself."),
  );
}

const modeText = (clock) => (clock.mode === "scaled" ? `Scaled ×${Number(clock.rate.toPrecision(4)).toLocaleString("en")}` : modeTitle(clock.mode));

/** A fast clock shows no milliseconds, which would be unreadable. */
const digits = (clock) => (flows(clock) && clock.pace > 30 ? time : exact)(store.now());

function tick(host) {
  const { clock } = store;
  if (clock === null || !flows(clock) || store.live === false) return;
  const now = host.querySelector("[data-now]");
  if (now === null) return;
  now.textContent = digits(clock);
  host.querySelector("[data-day]").textContent = day(store.now());
  const next = host.querySelector("[data-next]");
  if (next !== null && clock.next_deadline !== null) next.textContent = due(clock);
}

const due = (clock) => (clock.next_deadline > store.now() ? `in ${span(clock.next_deadline - store.now())}` : "now");

function next(clock) {
  if (moves.current !== null) return moves.current.title;
  if (clock.holds.length > 0) return [h("b", { class: "held" }, "Held"), ` by ${clock.holds[0].name}`, clock.holds_count > 1 && ` and ${(clock.holds_count - 1).toLocaleString("en")} more`];
  if (clock.next_deadline === null) return clock.idle ? "Idle: nothing is scheduled" : "Nothing is scheduled; a callback is in flight";
  return ["Next ", h("b", { "data-next": "" }, due(clock)), h("span", { class: "clock-at" }, ` at ${exact(clock.next_deadline)}`)];
}
