/** The panel below the clock: its mode, its rate, advancing it by any duration, and what holds it. */

import { h } from "./dom.js";
import { times } from "./format.js";
import { moves } from "./moves.js";
import { flows, tell } from "./store.js";

const MODES = [
  ["manual", "Manual", "Moves only when advanced: step by step, or by hours."],
  ["auto", "Auto", "Jumps to the next deadline as soon as nothing is in flight."],
  ["scaled", "Scaled", "Runs faster than the wall clock."],
  ["real", "Real", "Runs with the wall clock."],
];

const TIMES = [
  ["utc", "virtual, in UTC"],
  ["local", "virtual, in your zone"],
  ["relative", "relative to virtual now"],
];

/** The name of a mode. */
export const modeTitle = (mode) => MODES.find(([name]) => name === mode)[1];

/** The panel for a clock; `set(body)` changes it as `PUT clock` takes it. */
export function clockPanel(clock, set) {
  return h(
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
    form("24 hours take", "day", "60s", "Scale", (day) => set({ mode: "scaled", day })),
    flows(clock) ? h("p", { class: "quiet" }, "It runs by itself; set it to manual to advance it.") : form("Advance by", "by", "6h, 90s, 1d …", "Advance", (by) => moves.advance({ by })),
    h("p", { class: "quiet" }, holds(clock)),
    h("label", { class: "field" }, "Show times", h("select", { value: times.shown, onchange: (event) => chooseTimes(event.target.value) }, TIMES.map(([how, text]) => h("option", { value: how, selected: how === times.shown }, text)))),
  );
}

/** Show times in another way, in every view. */
function chooseTimes(how) {
  times.choose(how);
  tell("clock");
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function form(label, name, placeholder, button, submit) {
  return h(
    "form",
    {
      class: "row",
      key: name,
      onsubmit(event) {
        event.preventDefault();
        submit(event.target.elements[name].value);
      },
    },
    h("label", { class: "field grow" }, label, h("input", { name, placeholder, required: true, autocomplete: "off" })),
    h("button", { class: "small-button" }, button),
  );
}

function holds(clock) {
  if (clock.holds.length === 0) return "Nothing holds it.";
  return `Held by: ${clock.holds.map(({ name, by_hand }) => (by_hand ? `${name} (by hand)` : name)).join(", ")}`;
}
