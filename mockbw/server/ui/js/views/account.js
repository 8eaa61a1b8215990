/** The current account: its settings and applications; and the list of all accounts. */

import { ApiError, call, get, of } from "../api.js";
import { h, show, throttled } from "../dom.js";
import { formDraft } from "../drafts.js";
import { count } from "../format.js";
import { icon } from "../icons.js";
import { address, go } from "../router.js";
import { attempt, say } from "../says.js";
import { badge } from "../states.js";
import { reason, refreshAccounts, store } from "../store.js";

/** The text of a value in a field: a comma-separated list, or the delays of a retry schedule. */
const asText = (value) => (value === null ? "" : Array.isArray(value) ? value.join(", ") : (value.delays?.join(", ") ?? String(value)));

/** The view; see `app.js` for what a view is. */
export function accountView(account) {
  const form = h("div", null, h("p", { class: "quiet" }, "Loading …"));
  const unsaved = h("div", { class: "row" });
  const rest = h("div", null);
  const element = h("div", { class: "account page" }, h("header", { class: "page-head" }, h("h1", { class: "grow" }, account)), h("div", { class: "columns" }, form, rest));
  let settings = null;
  let described = [];
  let problems = []; // of the last attempt to save: they stay when the form is drawn again
  let applications = [];
  const draft = formDraft(address({ account, view: "account" }));
  const newApplication = formDraft(address({ account, view: "account", query: { form: "application" } }));

  const load = throttled(async () => {
    try {
      if (store.known) {
        const before = settings;
        [settings, { applications }, { settings: described }] = await Promise.all([get(of(account, "settings")), get(of(account, "applications")), get("settings")]);
        // Only what is new is drawn: drawing takes the focus from the field that somebody is typing in.
        if (JSON.stringify(before) !== JSON.stringify(settings)) drawForm();
      } else {
        settings = null;
        show(form, h("p", { class: "card" }, "This account does not exist yet: its first request creates it, or you can."));
      }
    } catch (error) {
      settings = null;
      show(form, h("p", { class: "problem" }, reason(error)));
    }
    drawRest();
  }, 500);

  function drawForm() {
    drawButtons();
    form.replaceChildren(
      h(
        "form",
        { class: "card settings", onsubmit: save, oninput: typed, novalidate: true },
        h("h2", null, "Settings"),
        offered().map(field),
        unsaved,
      ),
    );
    mark();
  }

  /** What was typed is kept until it is saved or discarded, also when another view is opened. */
  function typed(event) {
    draft.input(event);
    drawButtons();
  }

  function drawButtons() {
    show(
      unsaved,
      h("button", { class: "main-button" }, "Save"),
      draft.changed && h("button", { type: "button", class: "small-button", onclick: discard }, "Discard changes"),
      draft.changed && badge("not saved"),
    );
  }

  function discard() {
    draft.forget();
    problems = [];
    drawForm();
  }

  /** The settings that a form can show; the server describes them. */
  function offered() {
    return described.filter(({ control }) => control !== "none");
  }

  function field({ name, title, help, control, choices, values, default: initial, default_text: byDefault }) {
    const about = { name, id: `set-${name}`, "aria-describedby": `note-${name}` };
    const check = control === "switch" && initial !== null;
    const options = control === "switch" ? ["", "true", "false"] : control === "choice" ? choices : null;
    const value = draft.value(name, check ? settings[name] : asText(settings[name]));
    const input = check
      ? h("input", { ...about, type: "checkbox", checked: value === true })
      : options
        ? h("select", { ...about, value }, options.map((option) => h("option", { value: option, selected: option === value }, option || byDefault)))
        : h("input", { ...about, type: "text", inputmode: control === "number" ? "decimal" : null, value, placeholder: byDefault, autocomplete: "off", spellcheck: "false" });
    const note = options || check ? help : `${help} ${values[0].toUpperCase()}${values.slice(1)}.`;
    return h("div", { class: check ? "setting check" : "setting" }, h("label", { for: about.id }, title), input, h("p", { class: "quiet", id: `note-${name}` }, note.replaceAll("`", "")));
  }

  async function save(event) {
    event.preventDefault();
    const body = {};
    for (const { name } of offered()) {
      const input = event.target.elements[name];
      if (input.type === "checkbox") {
        if (input.checked !== settings[name]) body[name] = input.checked;
      } else if (input.value.trim() !== asText(settings[name])) body[name] = input.value.trim() || null;
    }
    if (Object.keys(body).length === 0) return say("Nothing has changed");
    try {
      settings = await call("PUT", of(account, "settings"), { body });
      draft.forget();
      problems = [];
      say("Saved");
      drawForm();
      refreshAccounts();
    } catch (error) {
      say(reason(error), { bad: true });
      // What was typed is kept; the problems are shown at their fields.
      problems = error instanceof ApiError ? error.answer.problems : [];
      mark();
      form.querySelector("[aria-invalid]")?.focus();
    }
  }

  function mark() {
    form.querySelectorAll(".problem").forEach((old) => old.remove());
    for (const input of form.querySelectorAll("[name]")) {
      const problem = problems.find((one) => one.field?.split(".")[0] === input.name);
      if (!problem) input.removeAttribute("aria-invalid");
      else {
        input.setAttribute("aria-invalid", "true");
        input.parentElement.append(h("p", { class: "problem", role: "alert" }, problem.message, problem.hint ? ` ${problem.hint}` : ""));
      }
    }
  }

  function drawRest() {
    show(rest, store.known && applicationsCard(), accountsCard(), store.known && dangerCard());
  }

  const applicationsCard = () =>
    h(
      "section",
      { class: "card", "aria-label": "Applications" },
      h("h2", null, "Applications"),
      h("p", { class: "quiet" }, settings?.strict ? "Only these are accepted." : "Any applicationId is accepted; listed ones have their own callback URLs."),
      h(
        "ul",
        { class: "plain-list applications" },
        applications.map((application) =>
          h(
            "li",
            { key: application.id },
            h("code", null, application.id),
            h("span", { class: "quiet" }, application.outbound_url === application.inbound_url ? (application.outbound_url ?? "no URL") : `outbound ${application.outbound_url ?? "none"}, inbound ${application.inbound_url ?? "none"}`),
            h("button", { class: "small-button danger", "aria-label": `Remove ${application.id}`, onclick: () => act(() => call("DELETE", of(account, "applications", application.id))) }, "Remove"),
          ),
        ),
      ),
      h(
        "form",
        {
          class: "stack",
          oninput: newApplication.input,
          async onsubmit(event) {
            event.preventDefault();
            const { id, outbound, inbound } = event.target.elements;
            const body = { outbound_url: outbound.value || null, inbound_url: inbound.value || outbound.value || null };
            const done = await act(() => call("PUT", of(account, "applications", id.value.trim()), { body }));
            if (!done) return;
            newApplication.forget();
            event.target.reset();
          },
        },
        h("label", { class: "field" }, "applicationId", h("input", { name: "id", value: newApplication.value("id", ""), required: true, autocomplete: "off" })),
        h("label", { class: "field" }, "Callback URL", h("input", { name: "outbound", value: newApplication.value("outbound", ""), type: "url", required: true, placeholder: "http://localhost:5000/callbacks", autocomplete: "off" })),
        h("label", { class: "field" }, "Inbound callback URL, if different", h("input", { name: "inbound", value: newApplication.value("inbound", ""), type: "url", autocomplete: "off" })),
        h("button", { class: "small-button" }, icon("plus"), "Add or replace"),
      ),
    );

  const accountsCard = () =>
    h(
      "section",
      { class: "card", "aria-label": "Accounts" },
      h("h2", null, "Accounts"),
      h(
        "ul",
        { class: "rows" },
        (store.accounts ?? []).map(({ name, messages, pending, edition }) =>
          h("li", { key: name }, h("a", { class: "row-link", href: address({ account: name, view: "account" }), "aria-current": name === account ? "true" : null }, h("b", null, name), h("span", { class: "quiet" }, `${count(messages, "message")}, ${pending} pending, edition ${edition}`))),
        ),
      ),
      h(
        "form",
        {
          class: "row",
          async onsubmit(event) {
            event.preventDefault();
            const name = event.target.elements.name.value.trim();
            if (store.accounts?.some((known) => known.name === name)) go({ account: name, view: "account" });
            else if (await act(() => call("PUT", of(name), { body: {} }))) go({ account: name, view: "messages" });
          },
        },
        h("label", { class: "field grow" }, "Another account", h("input", { name: "name", required: true, autocomplete: "off", value: store.known ? "" : account })),
        h("button", { class: "small-button" }, "Begin"),
      ),
    );

  const dangerCard = () =>
    h(
      "section",
      { class: "card", "aria-label": "Reset and remove" },
      h("h2", null, "Start over"),
      h("p", { class: "quiet" }, "Reset cancels everything outstanding and deletes all records; settings, scenarios and clock stay. Remove deletes those too."),
      h(
        "div",
        { class: "row" },
        sure("Reset the account", () => act(() => call("POST", of(account, "reset")), "All records are deleted")),
        sure("Remove the account", async () => {
          await act(() => call("DELETE", of(account)), "Removed");
          go({ account: store.accounts?.find(({ name }) => name !== account)?.name ?? account, view: "messages" });
        }),
      ),
    );

  /** A button that must be pressed twice. */
  function sure(text, work) {
    let timer = null;
    return h(
      "button",
      {
        class: "small-button danger",
        onclick(event) {
          const button = event.currentTarget;
          if (timer === null) {
            button.textContent = `${text}? Press again`;
            timer = setTimeout(() => {
              timer = null;
              button.textContent = text;
            }, 4000);
          } else {
            clearTimeout(timer);
            timer = null;
            button.textContent = text;
            work();
          }
        },
      },
      text,
    );
  }

  async function act(work, said = "Done") {
    const done = await attempt(async () => {
      const answer = await work();
      say(said);
      return answer ?? true;
    });
    await refreshAccounts().catch(() => {});
    load();
    return done;
  }

  const ends = [store.on("lost", () => settings === null && load()), store.on("accounts", drawRest)];
  load();
  return { element, route() {}, close: () => ends.forEach((end) => end()) };
}
