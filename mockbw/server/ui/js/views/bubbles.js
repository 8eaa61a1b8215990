/** A conversation as seen on the handset: who wrote, what became of it, and what the network and the application answered. */

import { h } from "../dom.js";
import { day, dayName, exact, instant, time } from "../format.js";
import { picture } from "../picture.js";
import { address } from "../router.js";
import { badge } from "../states.js";

/** After a pause of this many virtual milliseconds the time is shown again. */
const PAUSE = 600_000;

/** Bubbles of messages and of the network's replies, oldest first, for the conversation `{own, handset}`. */
export function bubbles(account, { own, handset }, messages, replies) {
  const entries = [...messages.map((message) => [instant(message.time), message, null]), ...replies.map((reply) => [instant(reply.time), null, reply])];
  entries.sort(([one], [other]) => one - other);
  let last = null;
  const shown = [];
  for (const [at, message, reply] of entries) {
    if (last === null || at - last > PAUSE) shown.push(h("p", { class: "screen-time", key: `t ${at}` }, last !== null && day(at) === day(last) ? time(at) : `${dayName(at)} ${time(at)}`));
    last = at;
    shown.push(message === null ? networkBubble(reply, at) : bubble(message));
  }
  return shown;

  function bubble(message) {
    const inbound = message.direction === "in";
    const mine = inbound && message.from === handset;
    const result = inbound ? null : message.recipients.find(({ number }) => number === handset);
    const others = message.to.filter((number) => number !== handset && number !== own);
    const lost = result?.status === "failed" || result?.status === "cancelled";
    return h(
      "div",
      { class: `said ${mine ? "mine" : "theirs"}${lost ? " lost" : ""}`, key: message.id },
      (others.length > 0 || (inbound && !mine)) && h("p", { class: "said-group" }, inbound && !mine && h("b", null, message.from, " "), "to the group", others.length > 0 && ` with ${others.join(", ")}`),
      message.media.map((_, index) => picture(account, message, index)),
      message.text && h("p", { class: "said-text", dir: "auto" }, message.text),
      h(
        "p",
        { class: "said-note" },
        h("a", { href: address({ account, view: "messages", id: message.id }), title: `${exact(instant(message.time))}: open the message` }, time(instant(message.time))),
        result && result.status !== "delivered" && badge(result.status, result.error),
        lost && h("span", null, "not delivered"),
        mine && application(message),
      ),
      mine && isOptOut(message.text) && !isTollFree(own) && h("p", { class: "said-note" }, "The network does nothing: the platform leaves opt-out on long codes to the application."),
    );
  }
}

const networkBubble = ({ text }, at) => h("div", { class: "said theirs network", key: `n ${at} ${text.length}` }, h("p", { class: "said-text", dir: "auto" }, text), h("p", { class: "said-note" }, time(at), " the network answered"));

/** What the application's endpoint answered to a message of the handset. */
function application({ callbacks }) {
  if (callbacks.expired) return h("span", { class: "badge bad", title: "The application’s endpoint never answered with 2xx" }, "application never answered");
  if (callbacks.waiting + callbacks.attempting) return h("span", { class: "badge time" }, "waiting for the application");
  return callbacks.delivered ? h("span", { title: "The application’s endpoint answered with 2xx" }, "application answered") : null;
}

/** Whether a text is a word with which the network would act on a toll-free number (P15). */
const isOptOut = (text) => ["STOP", "UNSTOP"].includes((text ?? "").replace(/ +$/, "").toUpperCase());

/** Whether a number is North American and toll-free: only those have an opt-out by the network (P15). */
const isTollFree = (number) => /^\+1(800|833|844|855|866|877|888)\d{7}$/.test(number);
