/** The form below a conversation on a handset: text, quick replies, pictures, and an answer to the whole group. */

import { call, of, request } from "../api.js";
import { h, show } from "../dom.js";
import { drafts } from "../drafts.js";
import { count } from "../format.js";
import { icon } from "../icons.js";
import { address } from "../router.js";
import { attempt } from "../says.js";

/** Quick replies. */
const QUICK = ["STOP", "UNSTOP", "HELP", "YES"];

/**
 * The form; `talk()` is the open conversation as `{own, handset}` or null, `others()` the rest of its group, and `sent()` is
 * called after a message was sent. It has `element`, `draw()` and `reset()`, which shows the draft of the open conversation.
 */
export function composer(account, { talk, others, sent }) {
  let files = [];
  let busy = false;
  const text = h("textarea", { rows: "1", placeholder: "Text message", "aria-label": "Text message", dir: "auto", oninput: typed, onkeydown: keydown });
  const all = h("input", { type: "checkbox" });
  const allLabel = h("label", { class: "check" }, all, h("span", null, "Answer the whole group"));
  const picker = h("input", { type: "file", accept: "image/*", multiple: true, class: "unseen", tabindex: "-1", "aria-hidden": "true", onchange: () => add(picker.files) });
  const chips = h("div", { class: "chips" });
  const quick = h("div", { class: "quick", role: "group", "aria-label": "Quick answers" }, QUICK.map((word) => h("button", { type: "button", class: "chip", onclick: () => send(word) }, word)));
  const element = h(
    "form",
    {
      class: "composer",
      onsubmit(event) {
        event.preventDefault();
        submit();
      },
    },
    quick,
    allLabel,
    chips,
    h(
      "div",
      { class: "composer-row" },
      h("button", { type: "button", class: "plain round", "aria-label": "Add pictures", title: "Add pictures", onclick: () => picker.click() }, icon("picture")),
      picker,
      text,
      h("button", { class: "send", "aria-label": "Send", title: "Send (Enter)" }, icon("send")),
    ),
  );

  /** The address where the text is written, under which its draft is kept. */
  const place = () => address({ account, view: "handset", query: talk() });

  function typed() {
    fit();
    if (text.value) drafts.set(place(), text.value);
    else drafts.forget(place());
  }

  function keydown(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  }

  function fit() {
    text.style.height = "auto";
    text.style.height = `${Math.min(140, text.scrollHeight)}px`;
  }

  function add(chosenFiles) {
    files.push(...chosenFiles);
    picker.value = "";
    drawChips();
  }

  function drawChips() {
    show(chips, files.map((file) => h("button", { type: "button", class: "chip", key: file.name, "aria-label": `Remove ${file.name}`, onclick: () => { files = files.filter((one) => one !== file); drawChips(); } }, file.name, icon("close"))));
  }

  /** Send what was written. What is typed meanwhile is kept. */
  async function submit() {
    const at = place();
    const what = text.value;
    if (busy || (!what.trim() && files.length === 0)) return;
    busy = true;
    const done = await send(what, files);
    busy = false;
    if (!done) return;
    if (drafts.get(at) === what) drafts.forget(at);
    if (talk() !== null && place() === at) reset();
    text.focus();
  }

  async function send(what, pictures = []) {
    const { handset, own } = talk();
    const done = await attempt(async () => {
      const media = [];
      for (const file of pictures) media.push(await upload(file));
      const to = all.checked && !allLabel.hidden ? [own, ...others()] : own;
      return await call("POST", of(account, "inbound"), { body: { from: handset, to, text: what, ...(media.length ? { media } : {}) } });
    });
    sent();
    return done !== undefined;
  }

  async function upload(file) {
    const name = `handset-${Date.now().toString(36)}-${file.name.replace(/[^\w.-]/g, "_")}`;
    await request("PUT", of(account, "media", name), { body: file, type: file.type || "application/octet-stream" });
    return name;
  }

  /** Show the draft of the open conversation. */
  function reset() {
    text.value = (talk() && drafts.get(place())) ?? "";
    files = [];
    all.checked = false;
    drawChips();
    fit();
  }

  return {
    element,
    draw() {
      allLabel.hidden = others().length === 0;
      allLabel.lastChild.textContent = `Answer the whole group (${count(others().length, "other")})`;
    },
    reset,
  };
}
