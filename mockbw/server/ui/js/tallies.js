/**
 * Counts what needs attention: callbacks that were given up, requests that were refused, an outage of the platform. Each is
 * shown at its view until that view is opened, and in the title and the icon of the page.
 */

import { get, of } from "./api.js";
import { throttled } from "./dom.js";
import { count } from "./format.js";
import { store, tell } from "./store.js";

const NOTIFY = "mockbw.notify";

/** What is counted at each view, as text of a notification. */
const WORDS = { endpoint: "callback given up", requests: "request refused" };
const PLURALS = { endpoint: "callbacks given up", requests: "requests refused" };

const PLAIN = document.querySelector("link[rel=icon]").href;
const ALERT = PLAIN.replace("icon.svg", "icon-alert.svg");

let totals = { endpoint: 0, requests: 0 };
let outage = false;
/** The open view, whose count is always seen. */
let open = null;

const key = () => `mockbw.seen.${store.account}`;
const seen = () => JSON.parse(localStorage.getItem(key()) ?? "{}");

export const tallies = {
  /** How many new ones a view has. */
  of: (view) => Math.max(0, (totals[view] ?? 0) - (seen()[view] ?? 0)),

  /** How many new ones there are in all views. */
  get sum() {
    return Object.keys(totals).reduce((sum, view) => sum + this.of(view), 0);
  },

  /** Whether the platform’s API is out. */
  get outage() {
    return outage;
  },

  /** Set the open view. */
  look(view) {
    open = view;
    if (see()) changed();
  },
};

/** Store that the count of the open view has been seen; returns whether that changes anything. */
function see() {
  const known = seen();
  // After a reset there are fewer than have been seen.
  const now = Object.fromEntries(Object.keys(totals).map((view) => [view, view === open ? totals[view] : Math.min(known[view] ?? 0, totals[view])]));
  if (store.account === null || JSON.stringify(now) === JSON.stringify(known)) return false;
  localStorage.setItem(key(), JSON.stringify(now));
  return true;
}

function changed() {
  const icon = document.querySelector("link[rel=icon]");
  const wanted = tallies.sum > 0 || outage ? ALERT : PLAIN;
  if (icon.href !== wanted) icon.href = wanted;
  tell("tallies");
}

const refresh = throttled(async () => {
  const { account } = store;
  if (!store.known) [totals, outage] = [{ endpoint: 0, requests: 0 }, false];
  else {
    const [callbacks, requests, state] = await Promise.all([get(of(account, "callbacks"), { status: "expired", limit: 1, count: true }), get(of(account, "requests"), { refused: true, limit: 1 }), get(of(account, "outage"))]);
    if (account !== store.account) return;
    const before = totals;
    totals = { endpoint: callbacks.matching, requests: requests.matching };
    outage = state.on;
    notify(before);
  }
  see();
  changed();
}, 500);

/** Notify the user, if that is switched on and the page is hidden. */
function notify(before) {
  if (!notifications.on || !document.hidden) return;
  const news = Object.keys(totals).filter((view) => totals[view] > before[view]).map((view) => count(totals[view] - before[view], WORDS[view], PLURALS[view]));
  if (news.length > 0) new Notification(`mockbw: ${news.join(", ")}`, { body: `Account ${store.account}`, tag: "mockbw" });
}

/** Notifications of the browser, off by default. */
export const notifications = {
  get possible() {
    return "Notification" in window;
  },
  get on() {
    return this.possible && Notification.permission === "granted" && localStorage.getItem(NOTIFY) !== null;
  },
  /** Switch them; returns a promise of whether they are on then. */
  async switch(on) {
    if (!on) localStorage.removeItem(NOTIFY);
    else if ((await Notification.requestPermission()) === "granted") localStorage.setItem(NOTIFY, "1");
    return this.on;
  },
};

const COUNTED = new Set(["callback-expired", "outage-began", "account-reset"]);

/** Start counting. */
export function watchTallies() {
  for (const what of ["accounts", "lost"]) store.on(what, refresh);
  store.on("news", (entries) => entries.some(({ type, data }) => COUNTED.has(type) || (type === "request-answered" && data.because)) && refresh());
}
