/**
 * What the whole page knows: the accounts, the one in hand, its clock, and whether the line to the server stands.
 *
 * Views listen with `on`: `accounts`, `clock`, `line`, `news` (entries of the journal), `lost` (look at everything again).
 */

import { ApiError, get, of, onNoAnswer } from "./api.js";
import { throttled } from "./dom.js";
import { instant } from "./format.js";
import { follow } from "./stream.js";

const listeners = new Map();

export const store = {
  /** All accounts, as `GET accounts` shows them; null before the first answer. */
  accounts: null,
  /** The name of the account in hand; null when the server has none. */
  account: null,
  /** Whether that account exists on the server. */
  known: false,
  /** The account's clock as `GET clock` shows it, with its instants as milliseconds; null before it is known. */
  clock: null,
  /** Whether the stream of news is open: null before the first try. */
  live: null,
  /** What the server said when it refused the stream; null when it did not answer at all. */
  refused: null,
  /** Virtual time when the stream broke, in milliseconds: nobody knows what the clock does meanwhile. Null while it is open. */
  stopped: null,

  /** Listen; returns a function that ends it. */
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

function tell(what, about) {
  for (const listener of [...(listeners.get(what) ?? [])]) listener(about);
}

/** Ask for all accounts again. */
export async function refreshAccounts() {
  const { accounts } = await get("accounts");
  store.accounts = accounts;
  const known = accounts.some(({ name }) => name === store.account);
  if (known !== store.known) {
    useAccount(store.account);
  }
  tell("accounts");
}

/** Take note of a clock as the API shows it. */
export function learnClock(view) {
  const clock = { ...view, now: instant(view.now), next_deadline: instant(view.next_deadline), at: performance.now() };
  // An answer that was overtaken by the stream must not turn time back; only a server that began anew may.
  if (store.clock !== null && !store.clock.doubtful && !flows(clock) && store.clock.mode === clock.mode) clock.now = Math.max(clock.now, store.clock.now);
  store.clock = clock;
  tell("clock");
}

/** Ask for the clock again, soon. */
export const refreshClock = throttled(async () => {
  if (store.account === null || !store.known) return;
  const account = store.account;
  const view = await get(of(account, "clock"));
  if (account === store.account) learnClock(view);
}, 120);

const refreshAccountsSoon = throttled(refreshAccounts, 1000);

let line = null;

/** Take an account in hand; null is none. */
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

/** Say what went wrong, for a person: a sentence. */
export const reason = (error) => (error instanceof ApiError ? error.message : `This page has a bug: ${error}`);
