/** The phone at the other end: conversations by number, and a form to reply. */

import { call, get, of, request } from "../api.js";
import { h, show, throttled } from "../dom.js";
import { drafts } from "../drafts.js";
import { count, day, dayName, exact, instant, time, when, whole, zone } from "../format.js";
import { icon } from "../icons.js";
import { picture } from "../picture.js";
import { address, go } from "../router.js";
import { attempt } from "../says.js";
import { splitter } from "../split.js";
import { badge } from "../states.js";
import { reason, store } from "../store.js";

/** How many messages of a conversation are shown. */
const SHOWN = 200;

/** The width at which list and phone are side by side; the same as in the style sheets. */
const WIDE = matchMedia("(min-width: 861px)");

/** Quick replies. */
const QUICK = ["STOP", "UNSTOP", "HELP", "YES"];

/** The view; see `app.js` for what a view is. */
export function handsetView(account) {
  let conversations = null;
  let problem = null;
  let chosen = null;
  let messages = [];
  let fresh = false;

  const list = h("section", { class: "talks", "aria-label": "Conversations" });
  const screen = h("div", { class: "screen-messages", role: "log", "aria-label": "Conversation", tabindex: "0" });
  const title = h("header", { class: "screen-head" });
  const writer = composer();
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
      writer.reset();
      if (chosen) loadTalk();
    }
    draw();
  }

  const loadTalk = throttled(async () => {
    const wanted = chosen;
    if (wanted === null || !store.known) return;
    const page = await get(of(account, "messages"), { owner: wanted.own, handset: wanted.handset, limit: SHOWN });
    if (wanted !== chosen) return;
    messages = page.messages.reverse();
    draw();
  }, 150);

  const loadList = throttled(async () => {
    if (!store.known) return draw();
    try {
      ({ conversations } = await get(of(account, "conversations"), { limit: 200 }));
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
    show(list, h("div", { class: "talks-head" }, h("h1", null, "Handsets"), h("button", { class: "small-button", onclick: () => go({ account, view: "handset", query: { new: "1" } }) }, icon("plus"), "New")), problem && h("p", { class: "problem" }, reason(problem)), talks());
    element.dataset.open = chosen ? "talk" : fresh ? "new" : "list";
    phone.hidden = chosen === null;
    blank.hidden = chosen !== null;
    if (chosen === null) show(blank, beginning());
    else drawPhone();
  }

  function talks() {
    if (!conversations?.length) return h("p", { class: "quiet pad" }, conversations === null && store.known ? "Loading …" : "No conversations yet. They appear with the first message, or start one yourself.");
    return h(
      "ul",
      { class: "talk-list" },
      conversations.map(({ own, handset, last }) =>
        h(
          "li",
          { key: `${own} ${handset}` },
          h(
            "a",
            { class: "talk", href: address({ account, view: "handset", query: { own, handset } }), "aria-current": chosen?.own === own && chosen.handset === handset ? "true" : null },
            h("b", { class: "talk-who" }, handset),
            h("time", { class: "talk-when", datetime: last.time, title: `${whole(instant(last.time))} ${zone()}` }, when(instant(last.time), store.now())),
            h("bdi", { class: "talk-text" }, last.direction === "in" && h("span", { class: "quiet" }, "You: "), (last.text ?? "").slice(0, 120) || (last.media.length ? "Picture" : "")),
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
    let last = null;
    const shown = [];
    for (const message of messages) {
      const at = instant(message.time);
      if (last === null || at - last > 600_000) shown.push(h("p", { class: "screen-time", key: `t ${message.id}` }, last !== null && day(at) === day(last) ? time(at) : `${dayName(at)} ${time(at)}`));
      last = at;
      shown.push(bubble(message));
    }
    show(screen, messages.length === 0 && h("p", { class: "quiet centre" }, "No messages yet."), shown);
    if (atEnd) screen.scrollTop = screen.scrollHeight;
    writer.draw();
  }

  /** A message as seen on the handset; `in` is the platform's direction: what the handset wrote. */
  function bubble(message) {
    const mine = message.direction === "in";
    const fate = mine ? null : message.recipients.find(({ number }) => number === chosen.handset);
    const others = message.to.filter((number) => number !== chosen.handset && number !== chosen.own);
    const lost = fate?.status === "failed" || fate?.status === "cancelled";
    return h(
      "div",
      { class: `said ${mine ? "mine" : "theirs"}${lost ? " lost" : ""}`, key: message.id },
      others.length > 0 && h("p", { class: "said-group" }, `Group with ${others.join(", ")}`),
      message.media.map((_, index) => picture(account, message, index)),
      message.text && h("p", { class: "said-text", dir: "auto" }, message.text),
      h(
        "p",
        { class: "said-note" },
        h("a", { href: address({ account, view: "messages", id: message.id }), title: `${exact(instant(message.time))}: open the message` }, time(instant(message.time))),
        fate && fate.status !== "delivered" && badge(fate.status, fate.error),
        lost && h("span", null, "not delivered"),
        mine && application(message),
      ),
    );
  }

  /** What the application's endpoint answered to a message of the handset. */
  function application({ callbacks }) {
    if (callbacks.expired) return h("span", { class: "badge bad", title: "The application’s endpoint never answered with 2xx" }, "application never answered");
    if (callbacks.waiting + callbacks.attempting) return h("span", { class: "badge time" }, "waiting for the application");
    return callbacks.delivered ? h("span", { title: "The application’s endpoint answered with 2xx" }, "application answered") : null;
  }

  /** All recipients of the last group message, so that the handset can answer all of them. */
  function group() {
    const last = messages.findLast((message) => message.direction === "out" && message.to.length > 1);
    return last ? last.to.filter((number) => number !== chosen.handset) : [];
  }

  function composer() {
    let files = [];
    let busy = false;
    const text = h("textarea", { rows: "1", placeholder: "Text message", "aria-label": "Text message", dir: "auto", oninput: typed, onkeydown: keydown });
    const all = h("input", { type: "checkbox" });
    const allLabel = h("label", { class: "check" }, all, h("span", null, "Answer the whole group"));
    const picker = h("input", { type: "file", accept: "image/*", multiple: true, class: "unseen", tabindex: "-1", "aria-hidden": "true", onchange: () => add(picker.files) });
    const chips = h("div", { class: "chips" });
    const quick = h("div", { class: "quick", role: "group", "aria-label": "Quick answers" }, QUICK.map((word) => h("button", { type: "button", class: "chip", onclick: () => send(word) }, word)));
    const element = h(
      "form",
      {
        class: "composer",
        onsubmit(event) {
          event.preventDefault();
          submit();
        },
      },
      quick,
      allLabel,
      chips,
      h(
        "div",
        { class: "composer-row" },
        h("button", { type: "button", class: "plain round", "aria-label": "Add pictures", title: "Add pictures", onclick: () => picker.click() }, icon("picture")),
        picker,
        text,
        h("button", { class: "send", "aria-label": "Send", title: "Send (Enter)" }, icon("send")),
      ),
    );

    /** The address where the text is written, under which its draft is kept. */
    const place = () => address({ account, view: "handset", query: chosen });

    function typed() {
      fit();
      if (text.value) drafts.set(place(), text.value);
      else drafts.forget(place());
    }

    function keydown(event) {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        submit();
      }
    }

    function fit() {
      text.style.height = "auto";
      text.style.height = `${Math.min(140, text.scrollHeight)}px`;
    }

    function add(chosenFiles) {
      files.push(...chosenFiles);
      picker.value = "";
      drawChips();
    }

    function drawChips() {
      show(chips, files.map((file) => h("button", { type: "button", class: "chip", key: file.name, "aria-label": `Remove ${file.name}`, onclick: () => { files = files.filter((one) => one !== file); drawChips(); } }, file.name, icon("close"))));
    }

    /** Send what was written. What is typed meanwhile is kept. */
    async function submit() {
      const at = place();
      const what = text.value;
      if (busy || (!what.trim() && files.length === 0)) return;
      busy = true;
      const sent = await send(what, files);
      busy = false;
      if (!sent) return;
      if (drafts.get(at) === what) drafts.forget(at);
      if (chosen !== null && place() === at) reset();
      text.focus();
    }

    async function send(what, pictures = []) {
      const { handset, own } = chosen;
      const sent = await attempt(async () => {
        const media = [];
        for (const file of pictures) media.push(await upload(file));
        const to = all.checked && !allLabel.hidden ? [own, ...group()] : own;
        return await call("POST", of(account, "inbound"), { body: { from: handset, to, text: what, ...(media.length ? { media } : {}) } });
      });
      screen.scrollTop = screen.scrollHeight;
      loadTalk();
      return sent !== undefined;
    }

    async function upload(file) {
      const name = `handset-${Date.now().toString(36)}-${file.name.replace(/[^\w.-]/g, "_")}`;
      await request("PUT", of(account, "media", name), { body: file, type: file.type || "application/octet-stream" });
      return name;
    }

    /** Show the draft of the open conversation. */
    function reset() {
      text.value = (chosen && drafts.get(place())) ?? "";
      files = [];
      all.checked = false;
      drawChips();
      fit();
    }

    return {
      element,
      draw() {
        allLabel.hidden = group().length === 0;
        allLabel.lastChild.textContent = `Answer the whole group (${count(group().length, "other")})`;
      },
      reset,
    };
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
