/**
 * What the user has written and not saved. It is kept when another view is shown or the page is reloaded; closing the tab asks
 * for confirmation.
 *
 * A draft is kept under the address of the view where it is written, so that a list of drafts can link to them.
 */

const KEY = "mockbw.drafts";

const kept = new Map(JSON.parse(sessionStorage.getItem(KEY) ?? "[]"));

const listeners = new Set();

function store() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...kept]));
  } catch {
    // More than the browser can store: the drafts are still in memory, and closing the tab asks for confirmation.
  }
}

function notify() {
  for (const listener of listeners) listener();
}

addEventListener("beforeunload", (event) => {
  if (kept.size > 0) event.preventDefault();
});

export const drafts = {
  /** The draft for an address; undefined if there is none. */
  get: (place) => kept.get(place),

  /** Keep a draft. */
  set(place, text) {
    const added = !kept.has(place);
    kept.set(place, text);
    store();
    if (added) notify();
  },

  /** Delete a draft that was saved or discarded. */
  forget(place) {
    if (!kept.delete(place)) return;
    store();
    notify();
  },

  /** The addresses with a draft that have this path, whatever their query. */
  at: (path) => [...kept.keys()].filter((place) => place.split("?")[0] === path),

  /** Call `listener()` when a draft is added or deleted; returns a function that unsubscribes. */
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
    /** The value of a field: what was typed into it, else what is saved. */
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
