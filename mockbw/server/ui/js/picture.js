/** A picture of a message. One in the account's media store is shown; one elsewhere only when the user asks for it. */

import { of, request } from "./api.js";
import { h } from "./dom.js";
import { webUrl } from "./format.js";
import { icon } from "./icons.js";

const VIEWABLE = /\.(png|jpe?g|gif|webp|svg|bmp)$/i;
const STORE = /^\/(v1|api\/v2)\/users\/[^/]+\/media\//;

/** How many pictures from the store are cached. */
const KEPT = 100;

const wanted = new Set();

/** The blob URL of a picture by its path in the control API; null where there is none. */
const fetched = new Map();

/** The element for one of a message's media, by its index. */
export function picture(account, message, index) {
  const text = message.media[index];
  const url = webUrl(text);
  const name = (url?.pathname ?? text).split("/").at(-1) || text;
  if (url === null || !VIEWABLE.test(url.pathname)) return h("p", { class: "media-file", key: text }, icon("picture"), url ? h("a", { href: url.href, target: "_blank", rel: "noreferrer" }, name) : name);
  const frame = h("div", { class: "media-frame", key: text });
  if (STORE.test(url.pathname)) fromStore(frame, of(account, "messages", message.id, "media", index), name);
  else if (wanted.has(url.href)) frame.append(image(url.href, name));
  else {
    frame.append(
      h(
        "button",
        {
          class: "media-ask",
          onclick() {
            wanted.add(url.href);
            frame.replaceChildren(image(url.href, name));
          },
        },
        icon("picture"),
        `Show the picture from ${url.host}`,
      ),
    );
  }
  return frame;
}

/** Load a picture through the control API: an `img` could send neither the token nor the application's credentials. */
function fromStore(frame, path, name) {
  const draw = (source) => frame.replaceChildren(source === null ? lost(name) : image(source, name));
  const known = fetched.get(path);
  if (known !== undefined && !(known instanceof Promise)) return draw(known);
  const coming = known ?? load(path);
  fetched.set(path, coming);
  coming.then(draw);
}

async function load(path) {
  let source = null;
  try {
    source = URL.createObjectURL(await (await request("GET", path)).blob());
  } catch {
    // It is no longer in the store, which the frame shows.
  }
  fetched.set(path, source);
  for (const [oldest, kept] of fetched) {
    if (fetched.size <= KEPT) break;
    if (kept instanceof Promise) continue;
    fetched.delete(oldest);
    if (kept !== null) URL.revokeObjectURL(kept);
  }
  return source;
}

const image = (source, name) => h("img", { src: source, alt: `Picture ${name}`, referrerpolicy: "no-referrer", onerror: (event) => event.target.replaceWith(lost(name)) });

const lost = (name) => h("p", { class: "media-file" }, icon("picture"), `${name} could not be loaded`);
