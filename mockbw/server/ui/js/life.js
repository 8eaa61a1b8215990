/** The chart of one message's lifecycle: a lane for the message and one for each callback, on an axis of virtual time. */

import { apart, axis } from "./axis.js";
import { s } from "./dom.js";
import { count, exact, instant, latency, offset, span } from "./format.js";
import { callbackWord, outcomeWord } from "./states.js";

const LANE = 46;
const TOP = 26;
const EDGE = 14;

/** The minimum width of a moment in pixels; a longer lifecycle is drawn wider than its frame, which then scrolls. */
const ROOM = 13;

/** Draw a message as `GET messages/{id}` shows it, `width` pixels wide. `chosen(callback id, attempt number)` is called on clicks. */
export function drawLife(message, { width, now, chosen }) {
  const lanes = lanesOf(message);
  const moments = lanes.flatMap((lane) => lane.marks.map(({ at }) => at));
  const pending = lanes.some((lane) => lane.marks.some(({ ahead }) => ahead));
  if (pending) moments.push(now);
  const inner = Math.max(width - 2 * EDGE, apart(moments) * ROOM);
  const scale = axis(moments, inner);
  const height = TOP + lanes.length * LANE + 6;
  const x = (at) => EDGE + scale.place(at);
  return s(
    "svg",
    {
      class: "life",
      width: inner + 2 * EDGE,
      height,
      viewBox: `0 0 ${inner + 2 * EDGE} ${height}`,
      role: "img",
      "aria-label": inWords(message, lanes),
    },
    pending && s("rect", { class: "life-ahead", x: x(now), y: TOP - 8, width: Math.max(0, inner + EDGE - x(now) + EDGE), height: height - TOP + 8 }),
    scale.ticks(58, 100).map(({ elapsed, x: left }) =>
      s(
        "g",
        { class: "life-tick" },
        s("line", { x1: EDGE + left, x2: EDGE + left, y1: TOP - 8, y2: height }),
        s("text", { x: EDGE + left, y: 11, "text-anchor": left < 20 ? "start" : left > inner - 24 ? "end" : "middle" }, elapsed === 0 ? exact(scale.start) : `+${span(elapsed)}`),
      ),
    ),
    pending && [s("line", { class: "life-now", x1: x(now), x2: x(now), y1: TOP - 8, y2: height })],
    lanes.map((lane, index) => drawLane(lane, TOP + index * LANE, x, chosen, instant(message.time))),
  );
}

/** The lanes: `{label, state, word, marks}`; a mark is `{at, shape, title, ahead, callback, attempt}`. */
function lanesOf(message) {
  const accepted = instant(message.time);
  const own = [{ at: accepted, shape: "begin", title: message.direction === "out" ? "accepted" : "received" }];
  if (message.dequeued && instant(message.dequeued) > accepted) own.push({ at: instant(message.dequeued), shape: "begin", title: "left the send queue" });
  for (const { time, event, because } of message.withheld) own.push({ at: instant(time), shape: "withheld", title: `${event.type} not sent: ${because}` });
  const several = message.to.length > 1;
  const lanes = [{ label: message.direction === "out" ? "message" : "message received", state: "", word: "", marks: own }];
  for (const callback of message.callback_details) {
    lanes.push({
      label: callback.event.type + (callback.event.error ? ` ${callback.event.error}` : ""),
      about: several ? callback.event.recipient : null,
      state: callback.status,
      word: callbackWord(callback),
      marks: marksOf(callback),
    });
  }
  for (const step of message.steps_to_come) {
    if (step.due === null) continue;
    const label = step.event ?? step.step;
    lanes.push({
      label: label + (step.error ? ` ${step.error}` : ""),
      about: several ? step.recipient : null,
      state: "upcoming",
      word: "upcoming",
      marks: [{ at: instant(step.due), shape: "step", ahead: true, title: `${label}, upcoming` }],
    });
  }
  return lanes;
}

function marksOf(callback) {
  const marks = [{ at: instant(callback.created), shape: "born", title: "callback created" }];
  for (const attempt of callback.attempts) {
    const { outcome } = attempt;
    const shape = outcome === null ? "flying" : outcome.delivered ? "answered" : "failed";
    marks.push({
      at: instant(attempt.started),
      shape,
      by_hand: attempt.by_hand,
      title: `attempt ${attempt.number}: ${outcome === null ? "in flight" : `${outcomeWord(outcome)}, ${latency(outcome.latency_ms)}`}`,
      callback: callback.id,
      attempt: attempt.number,
    });
  }
  callback.to_come.forEach((due, index) => marks.push({ at: instant(due), shape: "due", ahead: true, title: index === 0 ? "next attempt" : "attempt, if none succeeds before" }));
  return marks;
}

function drawLane({ label, about, state, word, marks }, top, x, chosen, since) {
  const middle = top + 30;
  const done = marks.filter(({ ahead }) => !ahead);
  const last = marks.at(-1);
  const to = done.at(-1) ?? last;
  return s(
    "g",
    { class: "life-lane", "data-state": state },
    s("text", { class: "life-label", x: EDGE, y: top + 13 }, label, about && s("tspan", { class: "life-about", dx: 6 }, about), word && s("tspan", { class: "life-state", dx: 8 }, word)),
    s("line", { class: "life-track", x1: x(marks[0].at), x2: x(to.at), y1: middle, y2: middle }),
    last !== to && s("line", { class: "life-track ahead", x1: x(to.at), x2: x(last.at), y1: middle, y2: middle }),
    marks.map((mark) => drawMark(mark, x(mark.at), middle, chosen, since)),
    state === "expired" && s("path", { class: "life-end", d: `M${x(to.at) + 9} ${middle - 8}v16` }),
  );
}

const SHAPES = {
  begin: (cx, cy) => s("circle", { cx, cy, r: 5 }),
  born: (cx, cy) => s("circle", { cx, cy, r: 2.5 }),
  withheld: (cx, cy) => s("path", { d: `M${cx - 4} ${cy - 4}h8v8h-8z` }),
  answered: (cx, cy) => s("circle", { cx, cy, r: 5.5 }),
  failed: (cx, cy) => s("path", { d: `M${cx - 4} ${cy - 4}l8 8M${cx + 4} ${cy - 4}l-8 8` }),
  flying: (cx, cy) => s("circle", { cx, cy, r: 5 }),
  due: (cx, cy) => s("circle", { cx, cy, r: 3.5 }),
  step: (cx, cy) => s("path", { d: `M${cx} ${cy - 6}l6 6-6 6-6-6z` }),
};

function drawMark(mark, cx, cy, chosen, since) {
  const open = mark.callback && (() => chosen(mark.callback, mark.attempt));
  return s(
    "g",
    { class: `life-mark ${mark.shape}${open ? " open" : ""}`, onclick: open || null, "data-mark": mark.shape },
    // A larger touch target than the mark itself.
    open && s("rect", { class: "life-target", x: cx - 6, y: cy - 16, width: 12, height: 32 }),
    SHAPES[mark.shape](cx, cy),
    mark.by_hand && s("circle", { class: "life-hand", cx, cy, r: 8.5 }),
    s("title", null, `${offset(mark.at, since)}  ${mark.title}`),
  );
}

function inWords(message, lanes) {
  const attempts = message.callback_details.reduce((sum, callback) => sum + callback.attempts.length, 0);
  const ahead = lanes.flatMap(({ marks }) => marks).filter((mark) => mark.ahead).length;
  return `Timeline: ${count(message.callback_details.length, "callback")}, ${count(attempts, "attempt")} made, ${ahead} upcoming. The same information follows as text.`;
}
