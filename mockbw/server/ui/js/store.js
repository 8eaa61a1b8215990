/**
 * The state of the whole page: the accounts, the current one, its clock, and the connection to the server.
 *
 * Views subscribe with `on`: `accounts`, `clock`, `line` (the connection), `news` (journal entries), `lost` (reload everything).
 */

import { ApiError, get, of, onNoAnswer } from "./api.js";
import { throttled } from "./dom.js";
import { instant } from "./format.js";
import { follow } from "./stream.js";

const listeners = new Map();

export const store = {
  /** All accounts, as `GET accounts` returns them; null before the first response. */
  accounts: null,
  /** The name of the current account; null when the server has none. */
  account: null,
  /** Whether that account exists on the server. */
  known: false,
  /** The account's clock as `GET clock` returns it, with its instants as milliseconds; null before it is known. */
  clock: null,
  /** Whether the event stream is open: null before the first attempt. */
  live: null,
  /** The error with which the server refused the stream; null when it did not respond at all. */
  refused: null,
  /** Virtual time when the stream broke, in milliseconds: what the clock does meanwhile is unknown. Null while it is open. */
  stopped: null,

  /** Subscribe; returns a function that unsubscribes. */
  on(what, listener) {
    if (!listeners.has(what)) listeners.set(what, new Set());
    listeners.get(what).add(listener);
    return () => listeners.get(what).delete(listener);
  },

  /** Virtual time of the account at this moment, in milliseconds; null while unknown. */
  now() {
    const clock = this.clock;
    if (clock === null) return null;
    if (this.stopped !== null) return this.stopped;
    if (!flows(clock)) return clock.now;
    const passed = performance.now() - clock.at;
    // A clock that hurries does so to the next deadline; what happens there is news, and the clock is asked for again.
    const limit = clock.pace === 1 || clock.next_deadline === null ? Infinity : Math.max(clock.now, clock.next_deadline);
    return Math.min(clock.now + passed * clock.pace, limit);
  },
};

/** Whether a clock runs by itself. */
export const flows = (clock) => clock.mode === "real" || clock.mode === "scaled";

/** Call those who listen to `what`. */
export function tell(what, about) {
  for (const listener of [...(listeners.get(what) ?? [])]) listener(about);
}

/** Reload all accounts. */
export async function refreshAccounts() {
  const { accounts } = await get("accounts");
  store.accounts = accounts;
  const known = accounts.some(({ name }) => name === store.account);
  if (known !== store.known) {
    useAccount(store.account);
  }
  tell("accounts");
}

/** Store a clock as the API returns it. */
export function learnClock(view) {
  const clock = { ...view, now: instant(view.now), next_deadline: instant(view.next_deadline), at: performance.now() };
  // A response that is older than the stream must not turn time back; only a restarted server may.
  if (store.clock !== null && !store.clock.doubtful && !flows(clock) && store.clock.mode === clock.mode) clock.now = Math.max(clock.now, store.clock.now);
  store.clock = clock;
  tell("clock");
}

/** Reload the clock soon. */
export const refreshClock = throttled(async () => {
  if (store.account === null || !store.known) return;
  const account = store.account;
  const view = await get(of(account, "clock"));
  if (account === store.account) learnClock(view);
}, 120);

const refreshAccountsSoon = throttled(refreshAccounts, 1000);

let line = null;

/** Select an account; null for none. */
export function useAccount(name) {
  line?.close();
  store.account = name;
  store.known = store.accounts?.some((account) => account.name === name) ?? false;
  store.clock = null;
  store.stopped = null;
  line = follow(store.known ? name : null, { news, lost, state });
  refreshClock();
  tell("clock");
}

function news(entries) {
  if (!store.known) {
    refreshAccountsSoon();
    return;
  }
  const latest = Math.max(...entries.map((entry) => instant(entry.time)));
  if (store.clock !== null && !flows(store.clock) && latest > store.clock.now) {
    store.clock.now = latest;
    tell("clock");
  }
  refreshClock();
  if (entries.some(({ type }) => type === "account-reset" || type === "account-removed")) lost();
  tell("news", entries);
}

function lost() {
  if (store.clock !== null) store.clock.doubtful = true;
  refreshAccountsSoon();
  refreshClock();
  tell("lost");
}

function state(live, why = null) {
  if (store.live === live && store.refused?.message === why?.message) return;
  store.refused = why;
  store.stopped = live ? null : (store.stopped ?? store.now());
  store.live = live;
  if (live) {
    refreshAccountsSoon();
    refreshClock();
  }
  tell("line");
}

onNoAnswer(() => {
  if (store.live) line.retry();
});

/** Return what went wrong, as a sentence for the user. */
export const reason = (error) => (error instanceof ApiError ? error.message : `This page has a bug: ${error}`);
