/** One message as a row of the list. */

import { h } from "../dom.js";
import { count, day, dayName, instant, when, whole, zone } from "../format.js";
import { icon } from "../icons.js";
import { states } from "../states.js";
import { store } from "../store.js";

/** The row of a message, which links to `href`; `before` is the message of the row above, if it is in memory. */
export function messageRow(message, before, { href, selected }) {
  if (message === null) return h("div", { class: "message-row hole" }, " ");
  const at = instant(message.time);
  const incoming = message.direction === "in";
  const others = incoming ? [message.from] : message.to;
  const { waiting, attempting, expired } = message.callbacks;
  const newDay = before && day(instant(before.time)) !== day(at);
  return h(
    "a",
    { class: "message-row", href, "aria-current": selected ? "true" : null, "data-id": message.id },
    newDay && h("span", { class: "day-mark" }, dayName(at)),
    h("span", { class: `message-way ${message.direction}`, title: incoming ? "received" : "sent" }, icon(message.direction), h("span", { class: "unseen" }, incoming ? "from " : "to ")),
    h(
      "span",
      { class: "message-line" },
      h("b", { class: "message-who" }, others[0]),
      others.length > 1 && h("span", { class: "quiet" }, `+ ${others.length - 1}`),
      message.kind !== "sms" && h("span", { class: "badge outline" }, message.kind),
      h("span", { class: "quiet message-own", title: "The account’s own number" }, `${incoming ? "to" : "from"} ${message.owner}`),
      message.scenario && h("span", { class: "badge outline message-scenario", title: "The scenario that plays" }, message.scenario),
      h("time", { class: "message-when", title: `${whole(at)} ${zone()}`, datetime: message.time }, when(at, store.now())),
    ),
    h(
      "span",
      { class: "message-line" },
      h("span", { class: "message-text", dir: "auto" }, snippet(message)),
      message.tag && h("bdi", { class: "badge outline message-tag", title: "Tag" }, message.tag.slice(0, 40)),
      expired > 0 && h("span", { class: "badge bad", title: "Callbacks that the endpoint never answered with 2xx" }, `${expired} gave up`),
      waiting + attempting > 0 && h("span", { class: "badge time", title: "Callbacks that the endpoint has not answered with 2xx yet" }, `${waiting + attempting} waiting`),
      states(message),
    ),
  );
}

/** The first line of a text, short enough for a row. */
function snippet(message) {
  const text = (message.text ?? "").slice(0, 160).replace(/\s+/g, " ");
  if (text) return text;
  return message.media.length > 0 ? count(message.media.length, "picture or file", "pictures or files") : "no text";
}
