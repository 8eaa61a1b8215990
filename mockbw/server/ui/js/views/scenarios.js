/** Scenarios: list, read, write, try and switch them; and the outage of the platform's API. */

import { ApiError, call, get, of } from "../api.js";
import { h, show, throttled } from "../dom.js";
import { drafts } from "../drafts.js";
import { editor } from "../editor.js";
import { count, exact, instant } from "../format.js";
import { icon } from "../icons.js";
import { address, go } from "../router.js";
import { attempt, say } from "../says.js";
import { splitter } from "../split.js";
import { badge } from "../states.js";
import { reason, store } from "../store.js";

const NEW = `name: my-scenario
description: Two seconds after it was sent, the carrier refuses the message as spam.
match:
  kind: sms
  to: "+1919555*"
timeline:
  - outcome: failed
    error: 4770
`;

const YAML = "application/yaml";

/** The view; see `app.js` for what a view is. */
export function scenariosView(account) {
  let scenarios = null;
  let problem = null;
  let outage = null;
  /** The scenario that is open: its name, `new`, or null. */
  let chosen = null;
  /** The message that a new scenario records; null for none. */
  let from = null;
  let recording = null;
  /** The address whose text is in the editor. */
  let filled = null;
  let valid = null;

  const list = h("section", { class: "scenario-list", "aria-label": "Scenarios" });
  const head = h("header", { class: "scenario-head" });
  const about = h("div", { class: "scenario-about" });
  const field = editor({ label: "The scenario in YAML", changed: written });
  const buttons = h("div", { class: "actions" });
  const desk = h("section", { class: "scenario-desk", "aria-label": "Scenario" }, head, about, field.element, buttons);
  const element = h("div", { class: "beside scenarios" }, list, desk);
  element.insertBefore(splitter(element, "scenarios"), desk);

  async function read() {
    if (!store.known) return draw();
    try {
      [{ scenarios }, outage] = await Promise.all([get(of(account, "scenarios")), get(of(account, "outage"))]);
      problem = null;
    } catch (error) {
      problem = error;
    }
    fill();
    draw();
  }

  const load = throttled(read, 300);

  function route({ id, query }) {
    chosen = id;
    const message = chosen === "new" ? query.get("from") : null;
    if (message !== from) {
      from = message;
      recording = null;
      if (from !== null) record();
    }
    fill();
    draw();
  }

  async function record() {
    const message = from;
    const found = await attempt(() => get(of(account, "messages", message, "scenario")));
    if (found === undefined || message !== from) return;
    recording = found.yaml;
    fill();
    drawDesk();
  }

  const current = () => scenarios?.find(({ name }) => name === chosen);

  /** The address of the open scenario, under which its draft is kept. */
  const place = () => address({ account, view: "scenarios", id: chosen, query: from === null ? null : { from } });

  /** The saved text; undefined while it is not known. */
  const saved = () => (chosen !== "new" ? current()?.text : from === null ? NEW : (recording ?? undefined));

  /** Show the open scenario, or its draft, in the editor. */
  function fill() {
    if (chosen === null) return;
    const text = drafts.get(place()) ?? saved() ?? "";
    if (filled === place() && field.text === text) return;
    filled = place();
    valid = null;
    field.set(text);
    if (text !== "") check();
  }

  function written(text) {
    if (text === saved()) drafts.forget(place());
    else drafts.set(place(), text);
    check();
    drawDesk();
  }

  const check = throttled(async () => {
    const text = field.text;
    const at = filled;
    try {
      const answer = await call("POST", "validate", { query: { edition: store.accounts?.find(({ name }) => name === account)?.edition }, body: text, type: YAML });
      if (at !== filled) return;
      valid = answer.valid;
      field.problems(answer.problems);
    } catch (error) {
      if (at !== filled) return;
      valid = false;
      field.problems(problemsOf(error));
    }
    drawDesk();
  }, 200);

  const problemsOf = (error) => (error instanceof ApiError && error.answer.problems.length > 0 ? error.answer.problems : [{ message: reason(error) }]);

  function draw() {
    element.dataset.open = chosen === null ? "list" : "desk";
    show(
      list,
      h("div", { class: "talks-head" }, h("h1", null, "Scenarios"), h("a", { class: "small-button", href: newPlace() }, icon("plus"), "New")),
      outageCard(),
      problem && h("p", { class: "problem pad" }, reason(problem)),
      unsaved(),
      groups().map(([title, note, rows]) => rows.length > 0 && h("section", { key: title, "aria-label": title }, h("h2", { class: "group-title" }, title), h("p", { class: "quiet group-note" }, note), h("ul", { class: "scenario-rows" }, rows.map(drawRow)))),
    );
    drawDesk();
  }

  /** New scenarios that have not been saved. */
  function unsaved() {
    const places = drafts.at(newPlace());
    if (places.length === 0) return null;
    return h(
      "section",
      { "aria-label": "Not saved" },
      h("h2", { class: "group-title" }, "Not saved"),
      h(
        "ul",
        { class: "scenario-rows" },
        places.map((at) => h("li", { key: at, class: "scenario-row", "aria-current": chosen === "new" && at === place() ? "true" : null }, h("a", { href: at }, h("b", null, nameIn(drafts.get(at)) ?? "New scenario"), badge("not saved")))),
      ),
    );
  }

  const newPlace = () => address({ account, view: "scenarios", id: "new" });

  const groups = () => [
    ["Loaded", "Messages are matched against these, in this order; the first match plays.", scenarios?.filter(({ loaded }) => loaded) ?? []],
    ["Shipped", "These come with mockbw and are not loaded. Play one by hand, or load it.", scenarios?.filter(({ loaded }) => !loaded) ?? []],
  ];

  function drawRow(scenario) {
    const { name, description, match, plays, on, loaded, fits, times } = scenario;
    return h(
      "li",
      { key: name, class: `scenario-row${on || !loaded ? "" : " off"}`, "aria-current": name === chosen ? "true" : null },
      h(
        "a",
        { href: address({ account, view: "scenarios", id: name }), "aria-current": name === chosen ? "true" : null },
        h("b", null, name),
        h("span", { class: "quiet scenario-what" }, description),
        h("span", { class: "chips" }, drafts.get(address({ account, view: "scenarios", id: name })) !== undefined && badge("not saved"), Object.entries(match).map(([key, value]) => h("span", { class: "badge outline" }, `${key}: ${Array.isArray(value) ? value.join(", ") : value}`)), times !== null && h("span", { class: "badge outline" }, `${plays} of ${times}`), !fits && h("span", { class: "badge plain" }, "not in this edition"), plays > 0 && h("span", { class: "badge info" }, count(plays, "play"))),
      ),
      loaded && toggle(on, `${name} is on`, () => act(() => call("POST", `${of(account, "scenarios", name)}/switch`, { body: { on: !on } }))),
    );
  }

  function outageCard() {
    if (outage === null) return null;
    return h(
      "section",
      { class: `card outage${outage.on ? " on" : ""}`, "aria-label": "Outage" },
      h("div", { class: "grow" }, h("h2", null, "Outage of the platform"), h("p", { class: "quiet" }, outage.on ? `Every request is answered ${outage.status ?? outage.connection} until it is switched off${outage.until ? `, at ${exact(instant(outage.until))} at the latest` : ""}.` : "Switched on, every request of the application is answered 503.")),
      toggle(outage.on, "Outage of the platform", () => act(() => (outage.on ? call("DELETE", of(account, "outage")) : call("PUT", of(account, "outage"), { body: {} })))),
    );
  }

  const toggle = (on, label, change) => h("button", { class: "switch", role: "switch", "aria-checked": String(on), "aria-label": label, title: on ? "on" : "off", onclick: change }, h("i", null));

  async function act(work) {
    await attempt(work);
    load();
  }

  function drawDesk() {
    desk.hidden = chosen === null;
    if (chosen === null) return;
    const scenario = current();
    const changed = drafts.get(place()) !== undefined;
    show(
      head,
      h("button", { class: "plain round back", "aria-label": "Back to the list", onclick: () => go({ account, view: "scenarios" }) }, icon("back")),
      h("h1", { class: "grow" }, chosen === "new" ? "New scenario" : chosen),
      valid === null ? null : valid ? badge("valid") : badge("not valid"),
      changed && badge("not saved"),
    );
    show(about, chosen !== "new" && scenarios !== null && !scenario ? h("p", { class: "problem" }, "There is no scenario with this name.") : scenario && h("p", { class: "quiet" }, scenario.loaded ? `From ${scenario.file}. ${count(scenario.plays, "play")} so far.` : "Shipped with mockbw, and not loaded."));
    show(
      buttons,
      h("button", { class: "main-button", disabled: valid !== true, onclick: save }, scenario && !scenario.loaded && !changed ? "Load" : "Save"),
      h("button", { class: "small-button", disabled: valid !== true, onclick: tryIt }, icon("play"), "Try it now"),
      changed && h("button", { class: "small-button", onclick: discard }, "Discard changes"),
      scenario?.loaded && h("button", { class: "small-button danger", onclick: remove }, "Remove"),
      h("span", { class: "quiet" }, "This starts it by itself, with a generated message, and does not save it."),
    );
  }

  async function save() {
    await attempt(async () => {
      const answer = await call("POST", of(account, "scenarios"), { query: { file: "page" }, body: field.text, type: YAML });
      const [first] = answer.scenarios;
      say(`${answer.scenarios.map(({ name }) => name).join(", ")} is loaded`);
      drafts.forget(place());
      await read();
      go({ account, view: "scenarios", id: first.name }, { replace: chosen === "new" });
    });
    load();
  }

  function discard() {
    drafts.forget(place());
    fill();
    drawDesk();
  }

  async function tryIt() {
    const answer = await attempt(() => call("POST", of(account, "play"), { body: field.text, type: YAML }));
    const message = answer?.plays.find((play) => play.message !== null)?.message;
    if (message) go({ account, view: "messages", id: message });
    else if (answer) say("It played: the scenario refused its own request.");
  }

  async function remove() {
    await act(() => call("DELETE", of(account, "scenarios", chosen)));
    go({ account, view: "scenarios" });
  }

  const ends = [
    drafts.on(draw),
    store.on("lost", load),
    store.on("accounts", load),
    store.on("news", (entries) => entries.some(({ type }) => type === "message-accepted" || type === "outage-began" || type === "message-refused") && load()),
  ];
  load();

  return {
    element,
    route,
    escape() {
      if (chosen === null) return false;
      go({ account, view: "scenarios" });
      return true;
    },
    close: () => ends.forEach((end) => end()),
  };
}

/** The name in a scenario's text; undefined if it has none. */
const nameIn = (text) => /^name: *(.+)$/m.exec(text)?.[1];
