/**
 * Moving a clock that stands. One way at a time; a long one is made of short requests, so that it shows where it is and can
 * be stopped between two of them.
 */

import { call, of } from "./api.js";
import { count, span } from "./format.js";
import { attempt, say } from "./says.js";
import { learnClock, store } from "./store.js";

/** Wall milliseconds that one request of a long way should take at most: Stop is obeyed so soon. */
const SOON = 500;

/** What an answer of the API counts. */
const COUNTS = ["attempts", "delivered", "expired"];

/** Wall milliseconds after which a way counts as long: Stop is offered, which would only flicker before. */
const LONG = 300;

/** The way that is being gone: `{title, long, stopped}`; null while the clock stands still. */
let way = null;

const listeners = new Set();

function set(next) {
  way = next;
  for (const listener of listeners) listener();
}

export const moves = {
  /** The way that is being gone, or null. */
  get way() {
    return way;
  },

  /** Call `listener()` whenever a way begins or ends. */
  on: (listener) => listeners.add(listener),

  /** Move as `POST clock/advance` takes it: `{by}`, `{to}` or `{steps}`. */
  advance: (body, title = "Moving …") => go(title, (advance) => advance(body)),

  /** Move from deadline to deadline until nothing is left to do, or until it is stopped. */
  untilIdle: () => go("Moving until idle …", untilIdle),

  stop() {
    if (way !== null) set({ ...way, stopped: true });
  },
};

async function go(title, work) {
  if (way !== null) return;
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
  const timer = setTimeout(() => set({ ...way, long: true }), LONG);
  const done = await attempt(() => work(advance));
  clearTimeout(timer);
  const { stopped } = way;
  set(null);
  if (before !== null && done) say(`${stopped ? "Stopped; " : ""}${told(before, done.clock.now, sum)}`);
}

async function untilIdle(advance) {
  let steps = 20;
  for (;;) {
    const asked = performance.now();
    const done = await advance({ steps });
    if (done.clock.idle || done.steps < steps || way.stopped) return done;
    const took = performance.now() - asked;
    steps = Math.max(1, Math.min(10_000, Math.floor(steps * Math.min(4, SOON / took))));
  }
}

function told(before, after, { attempts, delivered, expired }) {
  const went = Date.parse(after) - Date.parse(before);
  const parts = [count(attempts, "attempt")];
  if (delivered) parts.push(`${delivered} answered 2xx`);
  if (expired) parts.push(`${expired} gave up`);
  return `${went > 0 ? `${span(went)} later` : "no time passed"}: ${parts.join(", ")}`;
}
