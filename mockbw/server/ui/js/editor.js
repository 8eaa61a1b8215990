/** An editor for YAML: line numbers, and every problem at its line. */

import { h, show } from "./dom.js";

/** Create one; `changed(text)` is called for every change by the user. It has `element`, `text`, `set(text)`, `problems(list)`. */
export function editor({ label, changed }) {
  const area = h("textarea", { class: "editor-text", spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off", "aria-label": label, "aria-describedby": "editor-keys editor-problems", oninput: input, onscroll: sync, onkeydown: keydown });
  const gutter = h("div", { class: "editor-gutter", "aria-hidden": "true" });
  const marks = h("div", { class: "editor-marks", "aria-hidden": "true" });
  const help = h("p", { class: "quiet editor-keys", id: "editor-keys" }, "Enter keeps the indentation, ", h("kbd", null, "Ctrl ]"), " and ", h("kbd", null, "Ctrl ["), " change it.");
  const list = h("ul", { class: "editor-problems", id: "editor-problems", "aria-live": "polite" });
  const element = h("div", { class: "editor" }, h("div", { class: "editor-frame" }, gutter, h("div", { class: "editor-field" }, marks, area)), help, list);
  let found = [];

  function input() {
    draw();
    changed(area.value);
  }

  /** Tab moves the focus as everywhere; indentation has its own keys. */
  function keydown(event) {
    // With AltGr, which some keyboards require for a bracket, Alt is set as well.
    const command = (event.ctrlKey || event.metaKey) && !event.altKey;
    if (event.key === "Enter" && !command && !event.isComposing) insert(`\n${/^ */.exec(lineBefore())[0]}`);
    else if (command && event.key === "]") shift((line) => `  ${line}`);
    else if (command && event.key === "[") shift((line) => line.replace(/^ {1,2}/, ""));
    else return;
    event.preventDefault();
  }

  const lineStart = (at) => area.value.lastIndexOf("\n", at - 1) + 1;

  const lineBefore = () => area.value.slice(lineStart(area.selectionStart), area.selectionStart);

  /** Replace the selection with a text. Unlike setRangeText it can be undone, and it fires an input event. */
  const insert = (text) => document.execCommand("insertText", false, text);

  /** Change every line that the selection touches. */
  function shift(change) {
    const { selectionStart, selectionEnd } = area;
    const start = lineStart(selectionStart);
    const after = area.value.indexOf("\n", selectionEnd);
    const lines = area.value.slice(start, after < 0 ? area.value.length : after);
    const shifted = lines.split("\n").map(change).join("\n");
    if (shifted === lines) return;
    area.setSelectionRange(start, start + lines.length);
    insert(shifted);
    const caret = Math.max(start, selectionEnd + shifted.length - lines.length);
    area.setSelectionRange(selectionStart === selectionEnd ? caret : start, caret);
  }

  function sync() {
    gutter.scrollTop = area.scrollTop;
    marks.style.transform = `translateY(${-area.scrollTop}px)`;
  }

  function draw() {
    const wrong = new Set(found.map(({ line }) => line));
    const lines = area.value.split("\n").length;
    show(gutter, Array.from({ length: lines }, (_, index) => h("span", { class: wrong.has(index + 1) ? "wrong" : null }, String(index + 1))));
    show(marks, Array.from({ length: lines }, (_, index) => h("span", { class: wrong.has(index + 1) ? "wrong" : null })));
    sync();
  }

  function moveTo(line, column) {
    const start = area.value.split("\n").slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    area.focus();
    area.setSelectionRange(start + (column ?? 1) - 1, start + (column ?? 1) - 1);
    area.scrollTop = Math.max(0, (line - 4) * 20);
  }

  return {
    element,
    get text() {
      return area.value;
    },
    set(text) {
      area.value = text;
      found = [];
      show(list);
      draw();
    },
    /** Show problems as the API lists them: `{message, hint, line, column}`. */
    problems(problems) {
      found = problems;
      draw();
      show(
        list,
        problems.map(({ message, hint, line, column }) =>
          h("li", null, line ? h("button", { class: "plain link", onclick: () => moveTo(line, column) }, `Line ${line}${column ? `:${column}` : ""}`) : null, " ", message, hint && h("span", { class: "quiet" }, ` ${hint}`)),
        ),
      );
    },
  };
}
