/** A picture of a message. What lies on this server is shown; what lies elsewhere only when a person asks for it. */

import { h } from "./dom.js";
import { webUrl } from "./format.js";
import { icon } from "./icons.js";

const VIEWABLE = /\.(png|jpe?g|gif|webp|svg|bmp)$/i;

const wanted = new Set();

/** The element for a media URL. */
export function picture(text) {
  const url = webUrl(text);
  const name = (url?.pathname ?? text).split("/").at(-1) || text;
  if (url === null || !VIEWABLE.test(url.pathname)) return h("p", { class: "media-file", key: text }, icon("picture"), url ? h("a", { href: url.href, target: "_blank", rel: "noreferrer" }, name) : name);
  const frame = h("div", { class: "media-frame", key: text });
  const load = () => frame.replaceChildren(image(url, name));
  if (url.origin === location.origin || wanted.has(url.href)) load();
  else {
    frame.append(
      h(
        "button",
        {
          class: "media-ask",
          onclick() {
            wanted.add(url.href);
            load();
          },
        },
        icon("picture"),
        `Show the picture from ${url.host}`,
      ),
    );
  }
  return frame;
}

const image = (url, name) =>
  h("img", { src: url.href, alt: `Picture ${name}`, loading: "lazy", referrerpolicy: "no-referrer", onerror: (event) => event.target.replaceWith(h("p", { class: "media-file" }, icon("picture"), `${name} could not be loaded`)) });
