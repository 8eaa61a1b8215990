/** A place to write YAML: numbered lines, and every problem at its line. */

import { h, show } from "./dom.js";

/** Make one; `changed(text)` hears of every change. It has `element`, `text`, `set(text)`, `problems(list)`. */
export function editor({ label, changed }) {
  const area = h("textarea", { class: "editor-text", spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off", "aria-label": label, "aria-describedby": "editor-problems", oninput: input, onscroll: sync, onkeydown: keydown });
  const gutter = h("div", { class: "editor-gutter", "aria-hidden": "true" });
  const marks = h("div", { class: "editor-marks", "aria-hidden": "true" });
  const list = h("ul", { class: "editor-problems", id: "editor-problems", "aria-live": "polite" });
  const element = h("div", { class: "editor" }, h("div", { class: "editor-frame" }, gutter, h("div", { class: "editor-field" }, marks, area)), list);
  let found = [];

  function input() {
    draw();
    changed(area.value);
  }

  /** Two spaces for a tab, as YAML wants them; Escape first lets Tab leave the field. */
  let leaving = false;
  function keydown(event) {
    if (event.key === "Escape") leaving = true;
    else if (event.key === "Tab" && !event.shiftKey && !leaving) {
      event.preventDefault();
      area.setRangeText("  ", area.selectionStart, area.selectionEnd, "end");
      input();
    } else leaving = false;
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

  function reach(line, column) {
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
    /** Show problems as the API tells them: `{message, hint, line, column}`. */
    problems(problems) {
      found = problems;
      draw();
      show(
        list,
        problems.map(({ message, hint, line, column }) =>
          h("li", null, line ? h("button", { class: "plain link", onclick: () => reach(line, column) }, `Line ${line}${column ? `:${column}` : ""}`) : null, " ", message, hint && h("span", { class: "quiet" }, ` ${hint}`)),
        ),
      );
    },
  };
}
