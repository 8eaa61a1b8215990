/**
 * What a person has written and not saved. It is kept whichever view is shown, over a reload too; closing the tab asks first.
 *
 * A draft is kept under the address of the place where it is written, so that a list of drafts can lead back to them.
 */

const KEY = "mockbw.drafts";

const kept = new Map(JSON.parse(sessionStorage.getItem(KEY) ?? "[]"));

const listeners = new Set();

function store() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...kept]));
  } catch {
    // More than the browser stores: the drafts are still in memory, and closing the tab asks.
  }
}

function notify() {
  for (const listener of listeners) listener();
}

addEventListener("beforeunload", (event) => {
  if (kept.size > 0) event.preventDefault();
});

export const drafts = {
  /** The text that is kept for a place; undefined if there is none. */
  get: (place) => kept.get(place),

  /** Keep a text. */
  set(place, text) {
    const added = !kept.has(place);
    kept.set(place, text);
    store();
    if (added) notify();
  },

  /** The text was saved, or is not wanted any more. */
  forget(place) {
    if (!kept.delete(place)) return;
    store();
    notify();
  },

  /** The places that have a draft and this address, whatever its query. */
  at: (path) => [...kept.keys()].filter((place) => place.split("?")[0] === path),

  /** Call `listener()` when a draft is added or forgotten; returns a function that ends it. */
  on(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/**
 * The draft of a form with named fields: give its fields `value(name, saved)`, the form `oninput: form.input`, and call
 * `forget()` once it was saved.
 */
export function formDraft(place) {
  const saved = {};
  const typed = () => JSON.parse(drafts.get(place) ?? "{}");
  return {
    /** What a field shows: what was typed into it, else what is saved. */
    value(name, is) {
      saved[name] = is;
      return typed()[name] ?? is;
    },
    input({ target }) {
      if (!target.name) return;
      const fields = typed();
      fields[target.name] = target.type === "checkbox" ? target.checked : target.value;
      if (String(fields[target.name]) === String(saved[target.name] ?? "")) delete fields[target.name];
      if (Object.keys(fields).length === 0) drafts.forget(place);
      else drafts.set(place, JSON.stringify(fields));
    },
    /** Whether there is something to save. */
    get changed() {
      return drafts.get(place) !== undefined;
    },
    forget: () => drafts.forget(place),
  };
}
