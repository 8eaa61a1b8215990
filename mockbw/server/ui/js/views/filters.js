/** The head of the list of messages: search, filters, saved filters, the number of matches, and the export. */

import { get, of } from "../api.js";
import { choices } from "../choices.js";
import { h } from "../dom.js";
import { count } from "../format.js";
import { icon } from "../icons.js";
import { address } from "../router.js";
import { attempt, say } from "../says.js";

/** Filters with a list of values, which the API defines. */
const CHOICES = [
  ["status", "State"],
  ["direction", "Direction"],
  ["kind", "Kind"],
];

const TEXTS = [
  ["to", "To", "+1919555*"],
  ["from", "From", "+1919555*"],
  ["tag", "Tag", "exact, or with *"],
  ["scenario", "Scenario", "name"],
  ["error", "Error code", "4770"],
];

const TIMES = [
  ["since", "At or after (UTC)"],
  ["until", "Before (UTC)"],
];

/** The filters of the API; anything else in the address is ignored. */
const FILTERS = ["q", ...[...CHOICES, ...TEXTS, ...TIMES].map(([name]) => name), "handset", "owner", "text", "application"];

/** The filters in the query of an address. */
export const filtersOf = (query) => Object.fromEntries(FILTERS.filter((name) => query.get(name)).map((name) => [name, query.get(name)]));

/** The maximum number of messages in an export. */
const EXPORTED = 10_000;

const SAVED = "mockbw.filters";

/** The values of `CHOICES`, once they are loaded. */
let values = {};

/** The head of the list: `change(query)` applies other filters, `redraw()` draws it again, `matches` is the number of matches. */
export function filterHead(account, filters, { change, redraw, matches, day, actions }) {
  const some = Object.keys(filters).filter((name) => name !== "q");
  const refilter = (part) => change(Object.fromEntries(Object.entries({ ...filters, ...part }).filter(([, value]) => value)));

  async function learnChoices() {
    const found = await attempt(() => Promise.all(CHOICES.map(([name]) => choices("accounts/{account}/messages", name))));
    if (found === undefined) return;
    values = Object.fromEntries(CHOICES.map(([name], index) => [name, found[index]]));
    redraw();
  }

  /** The values of a list, including the one in the address even if the API has no such value. */
  const valuesOf = (name) => [...new Set([...(values[name] ?? []), filters[name]])].filter(Boolean);

  const search = h(
    "label",
    { class: "search grow" },
    icon("search"),
    h("span", { class: "unseen" }, "Search messages"),
    h("input", {
      type: "search",
      placeholder: "Search number, text, tag or id",
      "data-search": "",
      value: filters.q ?? "",
      oninput: (event) => refilter({ q: event.target.value }),
      onkeydown: (event) => event.key === "Escape" && event.target.blur(),
    }),
  );

  const chip = (name) =>
    h("button", { class: "chip", key: name, "aria-label": `Remove the filter ${name} ${filters[name]}`, onclick: () => refilter({ [name]: "" }) }, h("span", null, `${name} `), h("b", null, filters[name]), icon("close"));

  const field = (name, title, more) => h("label", { class: "field", key: name }, title, h("input", { value: filters[name] ?? "", autocomplete: "off", onchange: (event) => refilter({ [name]: event.target.value }), ...more }));

  /** A time in the panel is entered without a zone and is in UTC. */
  const timeField = ([name, title]) => field(name, title, { type: "datetime-local", step: "1", value: (filters[name] ?? "").replace(/(\.\d+)?Z$/, ""), onchange: (event) => refilter({ [name]: event.target.value && `${event.target.value}Z` }) });

  const panel = h(
    "div",
    { id: "filters", class: "panel", popover: "auto", onbeforetoggle: (event) => event.newState === "open" && learnChoices() },
    h("h2", null, "Show only"),
    CHOICES.map(([name, title]) =>
      h(
        "label",
        { class: "field", key: name },
        title,
        h("select", { value: filters[name] ?? "", onchange: (event) => refilter({ [name]: event.target.value }) }, h("option", { value: "" }, "any"), valuesOf(name).map((value) => h("option", { value, selected: filters[name] === value }, value))),
      ),
    ),
    TEXTS.map(([name, title, placeholder]) => field(name, title, { placeholder })),
    TIMES.map(timeField),
    h("div", { class: "row tight" }, h("button", { class: "small-button", onclick: () => change(filters.q ? { q: filters.q } : {}) }, "Clear"), h("button", { class: "small-button", disabled: Object.keys(filters).length === 0, onclick: () => save(filters, redraw) }, "Save"), h("button", { class: "small-button", onclick: () => attempt(() => exportMessages(account, filters)) }, "Export")),
    savedFilters(account, redraw),
  );

  return [
    h("div", { class: "row tight" }, search, h("button", { class: "small-button", popovertarget: "filters", "aria-label": some.length ? `Filter: ${some.length} set` : "Filter" }, "Filter", some.length > 0 && h("b", { class: "tally" }, some.length)), actions),
    h("div", { class: "chips" }, some.map(chip)),
    h("p", { class: "quiet list-summary" }, h("span", { class: "list-count", role: "status" }, matches), day && h("span", { class: "list-day" }, day)),
    panel,
  ];
}

const saved = () => JSON.parse(localStorage.getItem(SAVED) ?? "[]");

function save(filters, redraw) {
  const query = new URLSearchParams(filters).toString();
  localStorage.setItem(SAVED, JSON.stringify([...new Set([...saved(), query])].slice(-20)));
  redraw();
}

function forget(query, redraw) {
  localStorage.setItem(SAVED, JSON.stringify(saved().filter((one) => one !== query)));
  redraw();
}

function savedFilters(account, redraw) {
  const queries = saved();
  return (
    queries.length > 0 &&
    h(
      "section",
      { "aria-label": "Saved filters" },
      h("h3", null, "Saved"),
      h(
        "ul",
        { class: "plain-list" },
        queries.map((query) => {
          const filters = Object.fromEntries(new URLSearchParams(query));
          const name = Object.entries(filters).map((pair) => pair.join(" ")).join(", ");
          return h("li", { key: query, class: "row tight" }, h("a", { class: "grow", href: address({ account, view: "messages", query: filters }) }, name), h("button", { class: "plain round", "aria-label": `Forget the filter ${name}`, onclick: () => forget(query, redraw) }, icon("close")));
        }),
      ),
    )
  );
}

/** Download all matching messages as a file. */
async function exportMessages(account, filters) {
  const found = [];
  let before = null;
  do {
    const { messages, next } = await get(of(account, "messages"), { ...filters, limit: 1000, before });
    found.push(...messages);
    before = next;
  } while (before !== null && found.length < EXPORTED);
  const url = URL.createObjectURL(new Blob([JSON.stringify(found, null, 2)], { type: "application/json" }));
  h("a", { href: url, download: `messages-${account}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  say(before === null ? `${count(found.length, "message")} exported` : `The newest ${count(found.length, "message")} exported; there are more`);
}
