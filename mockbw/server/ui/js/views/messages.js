/** Live messages: the list with its filters, and next to it the open message. */

import { choices } from "../choices.js";
import { h, show, throttled } from "../dom.js";
import { count, exact, day, instant } from "../format.js";
import { icon } from "../icons.js";
import { virtualList } from "../list.js";
import { Pages } from "../pages.js";
import { address, go } from "../router.js";
import { attempt } from "../says.js";
import { states } from "../states.js";
import { reason, store } from "../store.js";
import { composePanel } from "./compose.js";
import { messagePanel } from "./message.js";
import { emptyView } from "./start.js";

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

/** The filters of the API; anything else in the address is ignored. */
const FILTERS = ["q", ...CHOICES.map(([name]) => name), ...TEXTS.map(([name]) => name), "handset", "owner", "text", "application"];

const filtersOf = (query) => Object.fromEntries(FILTERS.filter((name) => query.get(name)).map((name) => [name, query.get(name)]));

/** The view; see `app.js` for what a view is. */
export function messagesView(account) {
  let filters = null;
  let selected = null;
  let opened = null;
  let pages = null;
  let panel = null;
  let values = {};

  const list = virtualList({ label: "Messages", row: drawRow, source: () => pages });
  const head = h("div", { class: "list-head" });
  const news = h("div", { class: "list-news" });
  const column = h("section", { class: "messages-list", "aria-label": "List of messages" }, head, news, list.element);
  const beside = h("section", { class: "messages-one", "aria-label": "Message" });
  const empty = h("section", { class: "messages-empty", hidden: true });
  const element = h("div", { class: "messages" }, column, beside, empty);

  list.element.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && move(by)) event.preventDefault();
  });

  function route(next) {
    const wanted = filtersOf(next.query);
    if (JSON.stringify(wanted) !== JSON.stringify(filters)) {
      filters = wanted;
      pages = new Pages(account, filters, draw);
      list.element.scrollTop = 0;
      restart();
    }
    const panelKey = JSON.stringify([next.id, next.id === "new" ? next.query.get("like") : null]);
    if (panelKey !== opened) {
      opened = panelKey;
      selected = next.id;
      panel?.close();
      panel = panelFor(next);
      beside.replaceChildren(panel?.element ?? h("p", { class: "quiet centre" }, "Choose a message to see its lifecycle."));
    }
    element.dataset.open = selected === null ? "list" : "one";
    draw();
  }

  function panelFor({ id, query }) {
    const back = () => go(to(null));
    if (id === null) return null;
    if (id === "new") return composePanel(account, { like: query.get("like"), back, sent: (message) => go(to(message)) });
    return messagePanel(account, id, back);
  }

  const to = (id, query = filters) => ({ account, view: "messages", id, query });

  async function restart() {
    if (!store.known) draw();
    else await pages.restart();
  }

  const atTop = () => list.element.scrollTop < 20;

  const arrivals = throttled(async () => {
    if (atTop()) await pages.restart();
    else draw();
  }, 250);

  const changes = throttled(async () => {
    const ids = new Set(touched);
    touched.clear();
    await pages.refresh(ids);
  }, 250);

  const touched = new Set();

  function hear(entries) {
    let arrived = 0;
    for (const { type, message } of entries) {
      if (type === "message-accepted" || type === "message-received") arrived++;
      else if (message !== null && touched.size < 5000) touched.add(message);
    }
    panel?.hear(entries);
    if (arrived > 0) {
      pages.unseen += arrived;
      pages.total += arrived;
      arrivals();
    }
    // At the top, reloading shows changes too.
    if (touched.size > 0 && !(arrived > 0 && atTop())) changes();
  }

  function draw() {
    drawHead();
    const nothing = !store.known || (pages.next !== undefined && pages.total === 0 && pages.length === 0);
    const start = nothing && selected === null;
    column.hidden = start;
    beside.hidden = start;
    if (empty.hidden !== !start) {
      empty.hidden = !start;
      empty.replaceChildren(...(start ? [emptyView(account)] : []));
    }
    if (!start) list.draw();
  }

  function drawHead() {
    const some = Object.keys(filters).filter((name) => name !== "q");
    show(
      head,
      h(
        "div",
        { class: "row tight" },
        h(
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
        ),
        h("button", { class: "small-button", popovertarget: "filters", "aria-label": some.length ? `Filter: ${some.length} set` : "Filter" }, "Filter", some.length > 0 && h("b", { class: "tally" }, some.length)),
        h("a", { class: "small-button", href: address(to("new")), "aria-label": "New message", title: "New message (c)" }, icon("plus")),
      ),
      h("div", { class: "chips" }, some.map((name) => chip(name, filters[name]))),
      h("p", { class: "quiet list-count", role: "status" }, pages.error ? reason(pages.error) : countText()),
      filterPanel(),
    );
    show(news, pages.unseen > 0 && !atTop() && h("button", { class: "pill", onclick: toTop }, `${count(pages.unseen, "new message")} above`));
  }

  function countText() {
    if (pages.next === undefined) return "Loading …";
    if (Object.keys(filters).length === 0) return count(pages.total, "message");
    if (pages.length === 0) return `None of ${count(pages.total, "message")} match`;
    return pages.next === null ? `${pages.length} of ${count(pages.total, "message")}` : `of ${count(pages.total, "message")}`;
  }

  const chip = (name, value) =>
    h("button", { class: "chip", key: name, "aria-label": `Remove the filter ${name} ${value}`, onclick: () => refilter({ [name]: "" }) }, h("span", null, `${name} `), h("b", null, value), icon("close"));

  const filterPanel = () =>
    h(
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
      TEXTS.map(([name, title, placeholder]) =>
        h("label", { class: "field", key: name }, title, h("input", { value: filters[name] ?? "", placeholder, autocomplete: "off", onchange: (event) => refilter({ [name]: event.target.value }) })),
      ),
      h("button", { class: "small-button", onclick: () => go(to(selected, filters.q ? { q: filters.q } : {}), { replace: true }) }, "Clear"),
    );

  /** The values of a list; the value in the address is included even if the API does not have it. */
  const valuesOf = (name) => [...new Set([...(values[name] ?? []), filters[name]])].filter(Boolean);

  async function learnChoices() {
    const found = await attempt(() => Promise.all(CHOICES.map(([name]) => choices("accounts/{account}/messages", name))));
    if (found === undefined) return;
    values = Object.fromEntries(CHOICES.map(([name], index) => [name, found[index]]));
    drawHead();
  }

  function refilter(change) {
    const query = { ...filters, ...change };
    for (const [name, value] of Object.entries(query)) if (!value) delete query[name];
    go(to(selected, query), { replace: true });
  }

  function toTop() {
    list.element.scrollTop = 0;
    pages.restart();
  }

  function drawRow(message) {
    if (message === null) return h("div", { class: "message-row hole" }, " ");
    const at = instant(message.time);
    const incoming = message.direction === "in";
    const others = incoming ? [message.from] : message.to;
    const { waiting, attempting, expired } = message.callbacks;
    return h(
      "a",
      { class: "message-row", href: address(to(message.id)), "aria-current": message.id === selected ? "true" : null, "data-id": message.id },
      h("span", { class: `message-way ${message.direction}`, title: incoming ? "received" : "sent" }, icon(message.direction), h("span", { class: "unseen" }, incoming ? "from " : "to ")),
      h(
        "span",
        { class: "message-line" },
        h("b", { class: "message-who" }, others[0]),
        others.length > 1 && h("span", { class: "quiet" }, `+ ${others.length - 1}`),
        message.kind !== "sms" && h("span", { class: "badge outline" }, message.kind),
        message.scenario && h("span", { class: "badge outline message-scenario", title: "The scenario that plays" }, message.scenario),
        h("time", { class: "message-when", title: `${day(at)} ${exact(at)} UTC`, datetime: message.time }, exact(at).slice(0, 8)),
      ),
      h(
        "span",
        { class: "message-line" },
        h("span", { class: "message-text", dir: "auto" }, snippet(message)),
        expired > 0 && h("span", { class: "badge bad", title: "Callbacks that the endpoint never answered with 2xx" }, `${expired} gave up`),
        waiting + attempting > 0 && h("span", { class: "badge time", title: "Callbacks that the endpoint has not answered with 2xx yet" }, `${waiting + attempting} waiting`),
        states(message),
      ),
    );
  }

  function move(by) {
    const at = selected === null ? -1 : pages.indexOf(selected);
    const next = Math.min(pages.length - 1, Math.max(0, at + by));
    const message = pages.at(next);
    if (!message) return false;
    list.reveal(next);
    go(to(message.id), { replace: selected !== null });
    requestAnimationFrame(() => requestAnimationFrame(() => {
      if (element.dataset.open === "one" && getComputedStyle(column).display === "none") return;
      list.element.querySelector(`[data-id="${CSS.escape(message.id)}"]`)?.focus({ preventScroll: true });
    }));
    return true;
  }

  const ends = [
    store.on("news", hear),
    store.on("lost", () => {
      restart();
      panel?.hear(null);
    }),
    store.on("accounts", () => (store.known && pages.next === undefined ? restart() : draw())),
    store.on("clock", () => panel?.clock()),
  ];

  return {
    element,
    route,
    move,
    escape() {
      if (selected === null) return false;
      go(to(null));
      return true;
    },
    close() {
      ends.forEach((end) => end());
      panel?.close();
    },
  };
}

/** The first line of a text, short enough for a row. */
function snippet(message) {
  const text = (message.text ?? "").slice(0, 160).replace(/\s+/g, " ");
  if (text) return text;
  return message.media.length > 0 ? count(message.media.length, "picture or file", "pictures or files") : "no text";
}
