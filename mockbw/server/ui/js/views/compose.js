/** A form to send a message as an application would: through the platform's own API, which may refuse it. */

import { get, of } from "../api.js";
import { h, show } from "../dom.js";
import { formDraft } from "../drafts.js";
import { count } from "../format.js";
import { icon } from "../icons.js";
import { createBody, refusalOf, send } from "../platform.js";
import { address } from "../router.js";
import { attempt, copy } from "../says.js";
import { segmentsOf } from "../segments.js";
import { curl, EXAMPLE } from "../snippets.js";

/** `[name, title, placeholder]` of the fields that are rarely needed. */
const MORE = [
  ["application", "applicationId", ""],
  ["tag", "Tag", ""],
  ["priority", "Priority", "default or high"],
  ["expiration", "Expiration", "2030-01-01T00:00:00Z"],
];

/**
 * The form beside the list: `back()` leaves it, `sent(id)` is called with the message that was created. `like` is the id of a
 * message to send again. It has `element`, `hear`, `clock` and `close`, as the panel of a message.
 */
export function composePanel(account, { like, back, sent }) {
  const draft = formDraft(address({ account, view: "messages", id: "new", query: like === null ? null : { like } }));
  const body = h("div", { class: "message compose" });
  const element = h("article", { class: "message-scroll" }, body);
  let given = { from: EXAMPLE.from, to: "", text: "", media: "", application: EXAMPLE.application };
  let own = [];
  let magic = [];
  let users = false;
  let answer = null;

  async function load() {
    const none = (error) => (error.status === 404 ? {} : Promise.reject(error));
    await attempt(async () => {
      const [{ conversations = [] }, { scenarios = [] }, { credentials = [] }, before] = await Promise.all([
        get(of(account, "conversations"), { limit: 20 }).catch(none),
        get(of(account, "scenarios")).catch(none),
        get(of(account, "settings")).catch(none),
        like === null ? null : get(of(account, "messages", like)),
      ]);
      own = [...new Set(conversations.map((one) => one.own))];
      magic = scenarios.flatMap(numberOf);
      users = credentials.length > 0;
      const last = conversations.map((one) => one.last).find(({ direction }) => direction === "out");
      if (last) given = { ...given, from: last.from, application: last.application };
      if (before !== null) given = { ...before, to: before.to.join(", "), media: before.media.join("\n") };
    });
    draw();
    body.querySelector("[name=to]").focus({ preventScroll: true });
  }

  const value = (name) => draft.value(name, given[name] ?? "");

  function draw() {
    show(
      body,
      h("header", { class: "message-head" }, h("button", { class: "plain round back", "aria-label": "Back to the list", onclick: back }, icon("back")), h("h1", null, "New message")),
      h(
        "form",
        { class: "card stack", oninput: typed, onsubmit: submit, novalidate: true },
        field("from", "From", { list: "own-numbers", inputmode: "tel" }),
        h("datalist", { id: "own-numbers" }, own.map((number) => h("option", { value: number }))),
        h("div", { class: "row" }, field("to", "To; several numbers make it a group", { inputmode: "tel", placeholder: "+19195550100, +19195550101" }), magicMenu()),
        problemAt("text", h("label", { class: "field" }, "Text", h("textarea", { name: "text", rows: "4", dir: "auto", value: value("text"), "aria-describedby": "segments", onkeydown: keydown }))),
        h("p", { class: "quiet segments", id: "segments", role: "status" }, size()),
        problemAt("media", h("label", { class: "field" }, "Media URLs, one per line; they make it an MMS", h("textarea", { name: "media", rows: "1", value: value("media"), spellcheck: "false" }))),
        h("details", { open: MORE.some(([name]) => value(name) !== (name === "application" ? EXAMPLE.application : "")) }, h("summary", null, "Application, tag, priority, expiration"), h("div", { class: "stack" }, MORE.map(([name, title, placeholder]) => field(name, title, { placeholder })))),
        users && h("div", { class: "row" }, h("label", { class: "field grow" }, "API user", h("input", { name: "user", autocomplete: "username", value: value("user") })), h("label", { class: "field grow" }, "API password", h("input", { id: "api-password", type: "password", autocomplete: "current-password" }))),
        h("div", { class: "actions" }, h("button", { class: "main-button", title: "Ctrl Enter" }, icon("send"), "Send"), h("button", { type: "button", class: "small-button", onclick: () => copy(curl(account, wanted()), "curl command") }, icon("copy"), "Copy as curl"), draft.changed && h("button", { type: "button", class: "small-button", onclick: discard }, "Discard")),
        refusal(),
      ),
    );
  }

  function size() {
    if (parts(value("to")).length > 1 || parts(value("media")).length > 0) return "MMS: sent whole, not in segments";
    const { alphabet, used, size: room, segments, foreign } = segmentsOf(value("text"));
    return [`${alphabet}: ${used} of ${room}, ${count(segments, "segment")}`, foreign.length > 0 && [", because of ", h("bdi", null, foreign.slice(0, 12).join(" "))]];
  }

  const field = (name, title, more) => problemAt(name, h("label", { class: "field grow" }, title, h("input", { name, value: value(name), autocomplete: "off", spellcheck: "false", ...more })));

  /** A field with the platform's error about it. */
  function problemAt(name, label) {
    const wrong = answer === null ? [] : refusalOf(answer).fields.filter(({ fieldName }) => fieldName === (name === "application" ? "applicationId" : name));
    return h("div", { class: "grow" }, label, wrong.map(({ description }) => h("p", { class: "problem" }, description)));
  }

  const magicMenu = () =>
    magic.length > 0 &&
    h(
      "label",
      { class: "field" },
      "Numbers that play a scenario",
      h("select", { value: "", onchange: choose }, h("option", { value: "" }, "choose …"), magic.map(({ number, what }) => h("option", { value: number, key: number }, `${number}: ${what}`))),
    );

  function choose(event) {
    const field = body.querySelector("[name=to]");
    field.value = event.target.value;
    event.target.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  function typed(event) {
    // The menu of numbers has no name: it fills another field.
    if (!event.target.name) return;
    draft.input(event);
    draw();
  }

  function keydown(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
  }

  function discard() {
    draft.forget();
    answer = null;
    draw();
  }

  const wanted = () => ({ ...Object.fromEntries(["from", "text", ...MORE.map(([name]) => name)].map((name) => [name, value(name)])), to: parts(value("to")), media: parts(value("media")) });

  async function submit(event) {
    event.preventDefault();
    const login = users ? { user: value("user"), password: document.getElementById("api-password").value } : null;
    answer = await send(account, createBody(wanted()), login);
    if (answer.status === 202) {
      draft.forget();
      sent(answer.json.id);
    } else draw();
  }

  function refusal() {
    if (answer === null) return null;
    const { text } = refusalOf(answer);
    return h("p", { class: "problem", role: "alert" }, h("b", null, answer.status === 0 ? "No answer" : `Refused with ${answer.status}`), text && `: ${text}`);
  }

  draw();
  load();
  return { element, hear() {}, clock() {}, close() {} };
}

const parts = (text) => text.split(/[\s,]+/).filter(Boolean);

/** `[{number, what}]` of a scenario that is played by sending to a number; `[]` of any other. */
function numberOf({ match, text, description, on, loaded, fits }) {
  if (!on || !loaded || !fits) return [];
  const number = /^\+\d+$/.test(match.to) ? match.to : match.to && /outbound:.*\bto: *"?(\+\d+)/.exec(text)?.[1];
  // The descriptions of magic numbers start with the number.
  return number ? [{ number, what: description.replace(/^\+[\d C]+: */, "") }] : [];
}
