/**
 * The journal, live. The browser's own EventSource cannot send the control token, so the stream is read by hand.
 *
 * It reconnects by itself and continues after the last entry it received. Entries are passed on in batches.
 */

import { ApiError, request } from "./api.js";

/** Wall milliseconds without even a heartbeat (the server sends one every 15 s) after which the connection counts as dead. */
const SILENCE = 35_000;

/** Wall milliseconds between two attempts to reconnect; the user may be waiting for the server to start again. */
const PAUSE = 500;

/**
 * Follow the journal of an account, or of all when it is null.
 *
 * `news(entries)` is called with new entries; `lost()` when entries may be missing, after a gap or a restart of the server;
 * `state(live, why)` with whether the stream is open, and the error if the server refused it. Returns `{close(), retry()}`;
 * `retry` reopens the stream, for when something else has shown that the server does not respond.
 */
export function follow(account, { news, lost, state }) {
  const ending = new AbortController();
  const line = { retry: () => {} };
  run(account, { news, lost, state }, ending.signal, line);
  return { close: () => ending.abort(), retry: () => line.retry() };
}

async function run(account, listener, ending, line) {
  let last = null;
  while (!ending.aborted) {
    const broken = new AbortController();
    const signal = AbortSignal.any([ending, broken.signal]);
    line.retry = () => broken.abort();
    let why = null;
    try {
      await read(account, last, signal, {
        opened() {
          listener.state(true);
          // What happened before the first line is unknown: the page reloads everything.
          if (last === null) listener.lost();
        },
        received(entries) {
          const first = entries[0].number;
          if (last !== null && first <= last) listener.lost();
          last = entries.at(-1).number;
          listener.news(entries);
        },
        lost: listener.lost,
      });
    } catch (error) {
      if (ending.aborted) return;
      why = error instanceof ApiError && error.status > 0 ? error : null;
    }
    if (ending.aborted) return;
    // An account that was removed, or created just now: the page reloads everything.
    if (why?.status === 404) listener.lost();
    else listener.state(false, why);
    await pause(PAUSE, ending);
  }
}

async function read(account, last, signal, listener) {
  const silence = new AbortController();
  const stop = AbortSignal.any([signal, silence.signal]);
  let watch;
  const alive = () => {
    clearTimeout(watch);
    watch = setTimeout(() => silence.abort(), SILENCE);
  };
  alive();
  try {
    const headers = last === null ? {} : { "Last-Event-ID": String(last) };
    const response = await request("GET", "events", { query: { account }, headers, signal: stop });
    listener.opened();
    let rest = "";
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      deliver(blocks, listener);
    }
  } finally {
    clearTimeout(watch);
  }
}

function deliver(blocks, listener) {
  const entries = [];
  for (const block of blocks) {
    if (block.includes("event: gap")) listener.lost();
    else {
      const data = block.split("\n").find((line) => line.startsWith("data: "));
      if (data) entries.push(JSON.parse(data.slice(6)));
    }
  }
  if (entries.length > 0) listener.received(entries);
}

function pause(length, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, length);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
