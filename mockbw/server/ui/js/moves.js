/**
 * Advances a manual or auto clock. One advance at a time; a long one consists of short requests, so that it shows its progress
 * and can be stopped between two of them.
 */

import { call, of } from "./api.js";
import { count, span } from "./format.js";
import { attempt, say } from "./says.js";
import { learnClock, store } from "./store.js";

/** The maximum wall milliseconds of one request of a long advance: how soon Stop takes effect. */
const SOON = 500;

/** The counters in a response of the API. */
const COUNTS = ["attempts", "delivered", "expired"];

/** Wall milliseconds after which an advance counts as long: Stop is shown, which would only flicker before. */
const LONG = 300;

/** The advance in progress: `{title, long, stopped}`; null while the clock stands still. */
let current = null;

const listeners = new Set();

function set(next) {
  current = next;
  for (const listener of listeners) listener();
}

export const moves = {
  /** The advance in progress, or null. */
  get current() {
    return current;
  },

  /** Call `listener()` whenever an advance starts or ends. */
  on: (listener) => listeners.add(listener),

  /** Advance, with a body of `POST clock/advance`: `{by}`, `{to}` or `{steps}`. */
  advance: (body, title = "Advancing …") => go(title, (advance) => advance(body)),

  /** Advance from deadline to deadline until nothing is left to do, or until it is stopped. */
  untilIdle: () => go("Advancing until idle …", untilIdle),

  stop() {
    if (current !== null) set({ ...current, stopped: true });
  },
};

async function go(title, work) {
  if (current !== null) return;
  const { account } = store;
  let before = null;
  const sum = Object.fromEntries(COUNTS.map((name) => [name, 0]));

  async function advance(body) {
    const done = await call("POST", of(account, "clock", "advance"), { body });
    before ??= done.before;
    for (const name of COUNTS) sum[name] += done[name];
    if (account === store.account) learnClock(done.clock);
    return done;
  }

  set({ title, long: false, stopped: false });
  const timer = setTimeout(() => set({ ...current, long: true }), LONG);
  const done = await attempt(() => work(advance));
  clearTimeout(timer);
  const { stopped } = current;
  set(null);
  if (before !== null && done) say(`${stopped ? "Stopped; " : ""}${summary(before, done.clock.now, sum)}`);
}

async function untilIdle(advance) {
  let steps = 20;
  for (;;) {
    const asked = performance.now();
    const done = await advance({ steps });
    if (done.clock.idle || done.steps < steps || current.stopped) return done;
    const took = performance.now() - asked;
    steps = Math.max(1, Math.min(10_000, Math.floor(steps * Math.min(4, SOON / took))));
  }
}

function summary(before, after, { attempts, delivered, expired }) {
  const went = Date.parse(after) - Date.parse(before);
  const parts = [count(attempts, "attempt")];
  if (delivered) parts.push(`${delivered} answered 2xx`);
  if (expired) parts.push(`${expired} gave up`);
  return `${went > 0 ? `${span(went)} later` : "no time passed"}: ${parts.join(", ")}`;
}
