/** The phone at the other end: conversations by number, and a form to reply. */

import { get, of } from "../api.js";
import { h, show, throttled } from "../dom.js";
import { instant, when, whole, zone } from "../format.js";
import { icon } from "../icons.js";
import { address, go } from "../router.js";
import { splitter } from "../split.js";
import { reason, store } from "../store.js";
import { bubbles } from "./bubbles.js";
import { composer } from "./composer.js";

/** How many messages of a conversation are shown. */
const SHOWN = 200;

/** The width at which list and phone are side by side; the same as in the style sheets. */
const WIDE = matchMedia("(min-width: 861px)");

/** The view; see `app.js` for what a view is. */
export function handsetView(account) {
  let conversations = null;
  let problem = null;
  let chosen = null;
  let messages = [];
  /** What the network itself answered, e.g. to STOP on a toll-free number. */
  let replies = [];
  /** Part of a number, which the listed conversations contain. */
  let search = "";
  let fresh = false;

  const list = h("section", { class: "talks", "aria-label": "Conversations" });
  const screen = h("div", { class: "screen-messages", role: "log", "aria-label": "Conversation", tabindex: "0" });
  const title = h("header", { class: "screen-head" });
  const writer = composer(account, {
    talk: () => chosen,
    others: group,
    sent() {
      screen.scrollTop = screen.scrollHeight;
      loadTalk();
    },
  });
  const phone = h("section", { class: "phone", "aria-label": "Handset" }, h("div", { class: "phone-body" }, title, screen, writer.element));
  const blank = h("section", { class: "phone-none" });
  const element = h("div", { class: "beside handset" }, list, phone, blank);
  element.insertBefore(splitter(element, "handset"), phone);

  function route({ query }) {
    const own = query.get("own");
    const handset = query.get("handset");
    fresh = query.has("new");
    const next = own && handset ? { own, handset } : null;
    if (JSON.stringify(next) !== JSON.stringify(chosen)) {
      chosen = next;
      messages = [];
      replies = [];
      writer.reset();
      if (chosen) loadTalk();
    }
    draw();
  }

  const loadTalk = throttled(async () => {
    const wanted = chosen;
    if (wanted === null || !store.known) return;
    const query = { handset: wanted.handset, limit: SHOWN };
    const [page, network] = await Promise.all([get(of(account, "messages"), { ...query, owner: wanted.own }), get(of(account, "network-replies"), { ...query, own: wanted.own })]);
    if (wanted !== chosen) return;
    messages = page.messages.reverse();
    replies = network.replies.reverse();
    draw();
  }, 150);

  const loadList = throttled(async () => {
    if (!store.known) return draw();
    try {
      ({ conversations } = await get(of(account, "conversations"), { limit: search ? 1000 : 200 }));
      problem = null;
    } catch (error) {
      problem = error;
    }
    // On a wide screen the newest conversation is opened automatically.
    if (chosen === null && !fresh && conversations?.length > 0 && WIDE.matches) choose(conversations[0], true);
    draw();
  }, 300);

  function choose({ own, handset }, replace = false) {
    go({ account, view: "handset", query: { own, handset } }, { replace });
  }

  function draw() {
    show(list, h("div", { class: "talks-head" }, h("h1", null, "Handsets"), h("button", { class: "small-button", onclick: () => go({ account, view: "handset", query: { new: "1" } }) }, icon("plus"), "New")), searchBox(), problem && h("p", { class: "problem" }, reason(problem)), talks());
    element.dataset.open = chosen ? "talk" : fresh ? "new" : "list";
    phone.hidden = chosen === null;
    blank.hidden = chosen !== null;
    if (chosen === null) show(blank, beginning());
    else drawPhone();
  }

  const searchBox = () =>
    h("label", { class: "search talks-search" }, icon("search"), h("span", { class: "unseen" }, "Search numbers"), h("input", { type: "search", "data-search": "", placeholder: "Search numbers", inputmode: "tel", autocomplete: "off", value: search, oninput: (event) => find(event.target.value.trim()) }));

  function find(text) {
    search = text;
    loadList();
    draw();
  }

  function talks() {
    if (!conversations?.length) return h("p", { class: "quiet pad" }, conversations === null && store.known ? "Loading …" : "No conversations yet. They appear with the first message, or start one yourself.");
    const found = conversations.filter(({ own, handset }) => `${own} ${handset}`.includes(search));
    if (found.length === 0) return h("p", { class: "quiet pad" }, `No conversation has a number with ${search}.`);
    return h(
      "ul",
      { class: "talk-list" },
      found.map(({ own, handset, last }) =>
        h(
          "li",
          { key: `${own} ${handset}` },
          h(
            "a",
            { class: "talk", href: address({ account, view: "handset", query: { own, handset } }), "aria-current": chosen?.own === own && chosen.handset === handset ? "true" : null },
            h("b", { class: "talk-who" }, handset),
            h("time", { class: "talk-when", datetime: last.time, title: `${whole(instant(last.time))} ${zone()}` }, when(instant(last.time), store.now())),
            h("bdi", { class: "talk-text" }, last.direction === "in" && h("span", { class: "quiet" }, last.from === handset ? "You: " : `${last.from}: `), (last.text ?? "").slice(0, 120) || (last.media.length ? "Picture" : "")),
            h("span", { class: "talk-with" }, `with ${own}`),
          ),
        ),
      ),
    );
  }

  /** The form for a new conversation. */
  function beginning() {
    const last = conversations?.[0];
    return h(
      "form",
      {
        class: "card new-talk",
        onsubmit(event) {
          event.preventDefault();
          const { handset, own } = event.target;
          choose({ handset: handset.value.trim(), own: own.value.trim() });
        },
      },
      h("button", { type: "button", class: "plain round back", "aria-label": "Back to the conversations", onclick: () => go({ account, view: "handset" }) }, icon("back")),
      h("h2", null, "Write from a handset"),
      h("p", { class: "quiet" }, "What you write is sent to the account as a message from this number, and your application gets message-received."),
      h("label", { class: "field" }, "The handset’s number", h("input", { name: "handset", required: true, inputmode: "tel", autocomplete: "off", placeholder: "+19195550100", pattern: "\\+?[0-9]{3,15}" })),
      h("label", { class: "field" }, "The account’s number it writes to", h("input", { name: "own", required: true, inputmode: "tel", autocomplete: "off", placeholder: last?.own ?? "+19195550199", pattern: "\\+?[0-9]{3,15}" })),
      h("button", { class: "main-button" }, "Open the conversation"),
    );
  }

  function drawPhone() {
    const atEnd = screen.scrollHeight - screen.scrollTop - screen.clientHeight < 60;
    show(
      title,
      h("button", { class: "plain round back", "aria-label": "Back to the conversations", onclick: () => go({ account, view: "handset" }) }, icon("back")),
      h("div", null, h("h2", null, chosen.own), h("p", { class: "quiet" }, "on handset ", h("b", null, chosen.handset))),
    );
    show(screen, messages.length === 0 && h("p", { class: "quiet centre" }, "No messages yet."), bubbles(account, chosen, messages, replies));
    if (atEnd) screen.scrollTop = screen.scrollHeight;
    writer.draw();
  }

  /** Everyone else in the last group message, so that the handset can answer all of them. */
  function group() {
    const others = ({ from, to }) => [from, ...to].filter((number) => number !== chosen.handset && number !== chosen.own);
    const last = messages.findLast((message) => others(message).length > 0);
    return last ? others(last) : [];
  }

  const ends = [
    store.on("news", (entries) => {
      if (!entries.some(({ message }) => message !== null)) return;
      loadList();
      loadTalk();
    }),
    store.on("lost", () => {
      loadList();
      loadTalk();
    }),
    store.on("accounts", loadList),
  ];
  loadList();

  return {
    element,
    route,
    escape() {
      if (chosen === null && !fresh) return false;
      go({ account, view: "handset" });
      return true;
    },
    close: () => ends.forEach((end) => end()),
  };
}
