/**
 * Elements made in one call, and brought up to date in place.
 *
 * A view builds what it shows as a new tree; `morph` changes the tree on the page into it. What the user is working with is
 * kept: focus, selection, scroll positions, open details. Strings become text nodes and nothing else, whatever they
 * contain.
 */

const SVG = "http://www.w3.org/2000/svg";

/** Properties that are set on the object because their attribute means something else. */
const PROPERTIES = new Set(["value", "checked", "indeterminate"]);

/** Make an HTML element: `h("a", {href, class, onclick, key}, ...children)`. Null and false children and props are omitted. */
export function h(tag, props, ...children) {
  return assign(document.createElement(tag), props, children);
}

/** Make an SVG element. */
export function s(tag, props, ...children) {
  return assign(document.createElementNS(SVG, tag), props, children);
}

function assign(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || (value === false && !PROPERTIES.has(name))) continue;
    if (name === "key") node.key = value;
    else if (name === "own") node.own = true;
    else if (name.startsWith("on")) {
      (node.handlers ??= {})[name] = silent(value);
      node[name] = node.handlers[name];
    } else if (PROPERTIES.has(name)) {
      (node.given ??= {})[name] = value;
      node[name] = value;
    } else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  // A select's value has no effect before its options exist.
  if (node.given && node.localName === "select") node.value = node.given.value;
  return node;
}

/** A handler whose return value is discarded: `false` would cancel the event, and with it the key that was pressed. */
const silent = (handler) =>
  function (event) {
    handler.call(this, event);
  };

/** Change `from`, which is on the page, into `to`. Elements made with `own` keep their children. Returns the element on the page. */
export function morph(from, to) {
  if (from === to) return from;
  if (from.nodeName !== to.nodeName || from.key !== to.key) {
    from.replaceWith(to);
    return to;
  }
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return from;
  }
  morphProps(from, to);
  if (!from.own) morphChildren(from, to);
  return from;
}

function morphProps(from, to) {
  for (const { name } of [...from.attributes]) {
    // Once details are on the page, the user decides whether they are open.
    if (!to.hasAttribute(name) && name !== "open") from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value && name !== "open") from.setAttribute(name, value);
  }
  for (const name of Object.keys(from.handlers ?? {})) if (!to.handlers?.[name]) from[name] = null;
  for (const [name, handler] of Object.entries(to.handlers ?? {})) from[name] = handler;
  from.handlers = to.handlers;
  for (const [name, value] of Object.entries(to.given ?? {})) {
    if (from[name] !== value && (name !== "value" || document.activeElement !== from)) from[name] = value;
  }
  from.given = to.given;
}

function morphChildren(from, to) {
  const keyed = new Map();
  for (const child of from.childNodes) if (child.key !== undefined) keyed.set(child.key, child);
  let at = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const match = wanted.key !== undefined ? keyed.get(wanted.key) : at && at.key === undefined ? at : null;
    if (!match) {
      from.insertBefore(wanted, at);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else from.insertBefore(match, at);
    morph(match, wanted);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/** Show `children` in `host`, replacing what it shows. */
export function show(host, ...children) {
  const wanted = host.cloneNode(false);
  wanted.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  morphChildren(host, wanted);
}

/** Return a function that calls `work` immediately, then at most every `pause` milliseconds, never concurrently. */
export function throttled(work, pause) {
  let busy = false;
  let again = false;
  return async function run() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    do {
      again = false;
      try {
        await work();
      } catch (error) {
        console.error(error);
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    } while (again);
    busy = false;
  };
}
