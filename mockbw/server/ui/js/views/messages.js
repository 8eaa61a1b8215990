/** Live messages: the list with its filters, and next to it the open message. */

import { h, show, throttled } from "../dom.js";
import { count, dayName, instant } from "../format.js";
import { icon } from "../icons.js";
import { virtualList } from "../list.js";
import { Pages } from "../pages.js";
import { address, go } from "../router.js";
import { attempt } from "../says.js";
import { splitter } from "../split.js";
import { reason, store } from "../store.js";
import { composePanel } from "./compose.js";
import { filterHead, filtersOf } from "./filters.js";
import { messageRow } from "./message-row.js";
import { messagePanel } from "./message.js";
import { emptyView } from "./start.js";

/** The list of each account as it was left, to restore its scroll position: `{key, pages, anchor, top}`. */
const left = new Map();

/** The view; see `app.js` for what a view is. */
export function messagesView(account) {
  let filters = null;
  let selected = null;
  let opened = null;
  let pages = null;
  let panel = null;
  /** The message at which the list starts; null for the newest. */
  let anchor = null;
  /** The message to scroll into view once its row is loaded. */
  let wanted = null;

  const list = virtualList({ label: "Messages", row: (message, index) => drawRow(message, index), source: () => pages, moved: () => drawHead() });
  const head = h("div", { class: "list-head" });
  const news = h("div", { class: "list-news" });
  const column = h("section", { class: "messages-list", "aria-label": "List of messages" }, head, news, list.element);
  const beside = h("section", { class: "messages-one", "aria-label": "Message" });
  const empty = h("section", { class: "messages-empty", hidden: true });
  const split = h("div", { class: "beside messages" }, column, beside);
  split.insertBefore(splitter(split, "messages"), beside);
  const element = h("div", { class: "messages" }, split, empty);

  list.element.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && move(by)) event.preventDefault();
  });

  function route(next) {
    const query = filtersOf(next.query);
    const first = filters === null;
    const other = JSON.stringify(query) !== JSON.stringify(filters);
    filters = query;
    const panelKey = JSON.stringify([next.id, next.id === "new" ? next.query.get("like") : null]);
    if (panelKey !== opened) {
      opened = panelKey;
      selected = next.id;
      panel?.close();
      panel = panelFor(next);
      beside.replaceChildren(panel?.element ?? h("p", { class: "quiet centre" }, "Choose a message to see its lifecycle."));
    }
    split.dataset.open = selected === null ? "list" : "one";
    if (other) openList(first);
    draw();
  }

  /** Show the list for the filters: as it was left, from its top, or at the message in the address. */
  async function openList(first) {
    const before = left.get(account);
    if (first && before?.key === JSON.stringify(filters)) {
      ({ pages, anchor } = before);
      pages.changed = draw;
      list.scrollTo(before.top);
      return attempt(() => pages.catchUp());
    }
    pages = new Pages(account, filters, draw);
    anchor = null;
    list.scrollTo(0);
    await restart();
    if (!first || selected === null || selected === "new") return;
    wanted = selected;
    if (pages.indexOf(selected) < 0) {
      anchor = selected;
      await restart();
      // It does not match the filters, or no longer exists.
      if (pages.length === 0) {
        anchor = wanted = null;
        await restart();
      }
    }
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
    else await pages.restart(anchor);
  }

  /** Whether the list shows its newest rows: new messages then appear immediately. */
  const atTop = () => list.top < 20 && anchor === null;

  const arrivals = throttled(async () => {
    if (atTop()) await restart();
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
    // At the top a restart shows changes, too.
    if (touched.size > 0 && !(arrived > 0 && atTop())) changes();
  }

  function draw() {
    const place = wanted === null ? -1 : pages.indexOf(wanted);
    if (place >= 0) {
      list.reveal(place);
      wanted = null;
    }
    drawHead();
    const nothing = !store.known || (pages.next !== undefined && pages.total === 0 && pages.length === 0);
    const start = nothing && selected === null;
    split.hidden = start;
    if (empty.hidden !== !start) {
      empty.hidden = !start;
      empty.replaceChildren(...(start ? [emptyView(account)] : []));
    }
    if (!start) list.draw();
  }

  function drawHead() {
    const top = pages.at(list.first)?.time;
    show(
      head,
      filterHead(account, filters, {
        change: (query) => go(to(selected, query), { replace: true }),
        redraw: drawHead,
        matches: pages.error ? reason(pages.error) : matches(),
        day: top ? dayName(instant(top)) : null,
        actions: h("a", { class: "small-button", href: address(to("new")), "aria-label": "New message", title: "New message (c)" }, icon("plus")),
      }),
    );
    show(news, pages.unseen > 0 && !atTop() && h("button", { class: "pill", onclick: toTop }, `${count(pages.unseen, anchor !== null ? "newer message" : "new message")} above`));
  }

  function matches() {
    if (pages.next === undefined) return "Loading …";
    const { matching, total } = pages;
    if (Object.keys(filters).length === 0) return count(total, "message");
    return matching === 0 ? `None of ${count(total, "message")} match` : `${matching.toLocaleString("en")} of ${count(total, "message")}`;
  }

  function toTop() {
    anchor = null;
    list.scrollTo(0);
    restart();
  }

  const drawRow = (message, index) => messageRow(message, index > 0 ? pages.peek(index - 1) : null, { href: message && address(to(message.id)), selected: message?.id === selected });

  function move(by) {
    const at = selected === null ? -1 : pages.indexOf(selected);
    const next = Math.min(pages.length - 1, Math.max(0, at + by));
    const message = pages.at(next);
    if (!message) return false;
    list.reveal(next);
    go(to(message.id), { replace: selected !== null });
    requestAnimationFrame(() => requestAnimationFrame(() => {
      if (split.dataset.open === "one" && getComputedStyle(column).display === "none") return;
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
      left.set(account, { key: JSON.stringify(filters), pages, anchor, top: list.top });
      ends.forEach((end) => end());
      panel?.close();
    },
  };
}
