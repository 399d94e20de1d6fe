// The editor: a plain text area with tools. Without this script it is the text area alone.
//
// Enter goes on with a list, Tab moves a point of a list in or goes to the next cell of a table.
// Tab never holds anybody: where there is nothing to move it leaves, and after Escape it always does.
import { Table } from "./tables.js";
import { Views } from "./views.js";
import { Suggestions } from "./suggest.js";
import { takeFiles } from "./uploads.js";
import { following, isRow, lines, point, write } from "./text.js";

const KEYS = {
  "b": "bold", "i": "italic", "e": "code", "shift+l": "link", "shift+8": "list", "shift+7": "numbers",
  "shift+9": "task", "shift+.": "quote", "alt+h": "heading",
};
const LINES = { list: () => "- ", task: () => "- [ ] ", numbers: (place) => `${place + 1}. `, quote: () => "> " };
const MARKS = { bold: "**", italic: "*", code: "`" };

class Editor {
  constructor(root) {
    this.root = root;
    this.area = root.querySelector("textarea");
    this.said = root.querySelector("[data-said]");
    this.leaving = false;
    this.table = new Table(this.area);
    this.views = new Views(this);
    this.names = new Suggestions(this.area, root.dataset.suggestAt);
    this.files = takeFiles(this);
    this.bar();
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.area.addEventListener("paste", (event) => this.paste(event));
    this.area.addEventListener("blur", () => { this.leaving = false; });
  }

  say(words) {
    this.said.textContent = words;
  }

  // --- the toolbar: one stop of the Tab key, arrows within (WAI-ARIA toolbar) ---

  bar() {
    this.marks = this.root.querySelector(".marks");
    this.marks.hidden = false;
    this.buttons = [...this.marks.querySelectorAll("[data-do]")];
    this.buttons.forEach((button, place) => { button.tabIndex = place ? -1 : 0; });
    this.marks.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) this.act(button.dataset.do);
    });
    this.marks.addEventListener("keydown", (event) => {
      const last = this.buttons.length - 1;
      const at = this.buttons.indexOf(document.activeElement);
      const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.buttons.forEach((button, place) => { button.tabIndex = place === to ? 0 : -1; });
      this.buttons[to].focus();
    });
  }

  act(what) {
    if (this.views.alone) this.views.show("");
    if (MARKS[what]) this.wrap(MARKS[what]);
    else if (LINES[what]) this.begin(what);
    else if (what === "heading") this.heading();
    else if (what === "link") this.link();
    else if (what === "table") this.table.make();
    else if (what === "attach") this.files.choose();
  }

  // --- marks around words ---

  wrap(mark) {
    const { value } = this.area;
    let { selectionStart: start, selectionEnd: end } = this.area;
    while (start < end && /\s/.test(value[start])) start += 1;
    while (end > start && /\s/.test(value[end - 1])) end -= 1;
    const inner = value.slice(start, end);
    const size = mark.length;
    const around = value.slice(start - size, start) === mark && value.slice(end, end + size) === mark;
    // One star inside two is bold, not italic.
    const doubled = size === 1 && value[start - 2] === mark && value[start - 3] !== mark;
    if (around && !doubled) return write(this.area, inner, start - size, end + size, [0, inner.length]);
    if (inner.length > 2 * size && inner.startsWith(mark) && inner.endsWith(mark) && !(size === 1 && inner.startsWith(mark + mark))) {
      const bare = inner.slice(size, -size);
      return write(this.area, bare, start, end, [0, bare.length]);
    }
    if (mark === "`" && inner.includes("\n")) {
      return write(this.area, `\`\`\`\n${inner}\n\`\`\``, start, end, [3, 3]);
    }
    write(this.area, mark + inner + mark, start, end, [size, size + inner.length]);
  }

  link() {
    const { value, selectionStart: start, selectionEnd: end } = this.area;
    const words = value.slice(start, end);
    if (/^https?:\/\/\S+$/.test(words)) return write(this.area, `[](${words})`, start, end, [1, 1]);
    const text = `[${words}](https://)`;
    write(this.area, text, start, end, words ? [text.length - 9, text.length - 1] : [1, 1]);
  }

  // --- marks at the beginning of lines ---

  begin(what) {
    const { start, end, text } = lines(this.area);
    const all = text.split("\n");
    const has = { list: (p) => !p.quote && !p.task && /^[-*+]/.test(p.mark), task: (p) => p.task,
      numbers: (p) => /^\d/.test(p.mark), quote: (p) => p.quote }[what];
    const filled = all.filter((line) => line.trim() || all.length === 1);
    const off = filled.every((line) => { const p = point(line); return p && has(p); });
    let place = 0;
    const made = all.map((line) => {
      if (!line.trim() && all.length > 1) return line;
      const p = point(line);
      if (off) return p.indent + p.rest;
      if (what === "quote") return LINES.quote() + line;
      const [indent, rest] = p && !p.quote ? [p.indent, p.rest] : [line.match(/^\s*/)[0], line.trimStart()];
      return indent + LINES[what](place++) + rest;
    }).join("\n");
    write(this.area, made, start, end, all.length > 1 ? [0, made.length] : [made.length, made.length]);
  }

  heading() {
    const { start, end, text } = lines(this.area);
    const [line, ...others] = text.split("\n");
    const level = line.match(/^#{1,6}(?=\s)/)?.[0].length ?? 0;
    const bare = line.replace(/^#{1,6}\s+/, "");
    // Round and round: a part, a part of it, a part of that, no heading.
    const made = [{ 0: "## ", 1: "## ", 2: "### ", 3: "#### " }[level] ?? "", bare].join("");
    write(this.area, [made, ...others].join("\n"), start, end, [made.length, made.length]);
  }

  // --- keys ---

  key(event) {
    if (event.isComposing || event.defaultPrevented) return;
    const command = event.ctrlKey || event.metaKey;
    if (command) {
      const name = `${event.altKey ? "alt+" : ""}${event.shiftKey ? "shift+" : ""}${this.letter(event)}`;
      if (KEYS[name]) {
        event.preventDefault();
        this.act(KEYS[name]);
      }
      return;
    }
    if (event.key === "Escape") { this.leaving = true; return; }
    if (event.key === "Tab") return this.tab(event);
    if (event.key !== "Shift") this.leaving = false;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) this.enter(event);
  }

  letter(event) {
    const digit = event.code?.match(/^Digit(\d)$/);
    if (digit) return digit[1];
    return event.code === "Period" ? "." : event.key.toLowerCase();
  }

  enter(event) {
    const { area } = this;
    if (area.selectionStart !== area.selectionEnd) return;
    const { start, end, text } = lines(area);
    const at = area.selectionStart;
    if (isRow(text) && this.table.enter(text, start, end)) return event.preventDefault();
    const p = point(text);
    if (!p || at < start + p.indent.length + p.mark.length) return;
    event.preventDefault();
    if (p.rest.trim()) return write(area, `\n${following(p)}`, at, at);
    // An empty point ends its list; one that is moved in goes out by one step first.
    if (p.indent && !p.quote) return this.move(-1) || write(area, "", start, end);
    write(area, "", start, end);
  }

  tab(event) {
    if (this.leaving || event.altKey) return;
    const { text } = lines(this.area);
    const back = event.shiftKey;
    const moved = isRow(text.split("\n")[0]) ? this.table.step(back) : this.move(back ? -1 : 1);
    if (moved) event.preventDefault();
  }

  /** Move points of a list in or out; false where that cannot be, so that Tab leaves. */
  move(way) {
    const { area } = this;
    const { start, end, text } = lines(area);
    const all = text.split("\n");
    const points = all.map(point);
    if (!points[0] || points[0].quote) return false;
    if (way > 0 && points[0].indent.length >= this.deepest(start)) return false;
    if (way < 0 && !points[0].indent) return false;
    const by = way > 0 ? this.under(start) - points[0].indent.length : this.above(start, points[0]) - points[0].indent.length;
    const made = all.map((line) => {
      const indent = line.match(/^ */)[0].length;
      return line.trim() ? " ".repeat(Math.max(0, indent + by)) + line.trimStart() : line;
    }).join("\n");
    const { selectionStart, selectionEnd } = area;
    const change = made.length - text.length;
    write(area, made, start, end, all.length > 1
      ? [0, made.length]
      : [Math.max(0, selectionStart - start + change), Math.max(0, selectionEnd - start + change)]);
    return true;
  }

  before(start) {
    return this.area.value.slice(0, Math.max(0, start - 1)).split("\n");
  }

  /** Where a point may stand at most: one step under the point before it. */
  deepest(start) {
    return start ? this.under(start) : 0;
  }

  under(start) {
    const p = point(this.before(start).pop() ?? "");
    return p && !p.quote ? p.indent.length + p.mark.replace(/\[.\]\s+$/, "").length : 0;
  }

  above(start, own) {
    for (const line of this.before(start).reverse()) {
      const p = point(line);
      if (p && p.indent.length < own.indent.length) return p.indent.length;
      if (!line.trim()) break;
    }
    return 0;
  }

  // --- what is pasted ---

  paste(event) {
    const files = [...event.clipboardData.files];
    const words = event.clipboardData.getData("text/plain");
    // A table copied from a spreadsheet comes as words and as a picture: the words are meant.
    if (files.length && !words) {
      event.preventDefault();
      return this.files.take(files);
    }
    const { value, selectionStart: start, selectionEnd: end } = this.area;
    const chosen = value.slice(start, end);
    if (chosen && !chosen.includes("\n") && /^https?:\/\/\S+$/.test(words.trim()) && !/^https?:/.test(chosen)) {
      event.preventDefault();
      const link = `[${chosen}](${words.trim()})`;
      return write(this.area, link, start, end);
    }
    if (Table.fits(words)) {
      event.preventDefault();
      write(this.area, Table.from(words), start, end);
    }
  }
}

export function startWriting(root) {
  for (const one of root.querySelectorAll("[data-editor]")) {
    if (one.dataset.started) continue;
    one.dataset.started = "yes";
    new Editor(one);
  }
  for (const field of root.querySelectorAll("input[data-suggest]")) {
    if (field.dataset.started) continue;
    field.dataset.started = "yes";
    new Suggestions(field, "/suggest/");
  }
}
