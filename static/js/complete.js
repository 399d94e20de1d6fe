// Completion of names in a textarea: <textarea data-complete="/address.json">.
import { Listbox } from "./listbox.js";

const MOST = 8;

class Completion {
  constructor(area) {
    this.area = area;
    this.names = [];
    this.list = new Listbox(area, (name) => this.take(name));
    area.addEventListener("focus", () => this.load(), { once: true });
    area.addEventListener("input", () => this.look());
  }

  async load() {
    const answer = await fetch(this.area.dataset.complete, { headers: { Accept: "application/json" } });
    if (answer.ok) this.names = (await answer.json()).names;
  }

  // The word before the cursor, with its dots: "storage.ra".
  word() {
    const before = this.area.value.slice(0, this.area.selectionStart);
    const found = before.match(/[A-Za-z_][A-Za-z0-9_.]*$/);
    return found ? found[0] : "";
  }

  // What of a name is still to be typed after the word, or null where it does not fit.  A variable
  // of a loop stands for an entry of some list, so its fields are offered by their last name.
  static fits(name, word) {
    const path = name.path;
    if (path.startsWith(word) && path !== word) return path;
    const dot = word.lastIndexOf(".");
    if (dot < 1 || !path.includes("[].")) return null;
    const field = path.slice(path.lastIndexOf("[].") + 3);
    const typed = word.slice(dot + 1);
    return word.slice(0, dot).length <= 2 && field.startsWith(typed) && field !== typed
      ? `${word.slice(0, dot)}.${field}` : null;
  }

  look() {
    const word = this.word();
    if (word.length < 2) return this.list.close();
    const shown = new Map();
    for (const name of this.names) {
      const text = Completion.fits(name, word);
      if (text === null || shown.has(text) || text.includes("[]")) continue;
      const about = `${name.type}${name.unit ? `, ${name.unit}` : ""} · ${name.about}`;
      shown.set(text, { code: text, about });
      if (shown.size === MOST) break;
    }
    this.list.show([...shown.values()]);
  }

  take(name) {
    const word = this.word();
    const end = this.area.selectionStart;
    this.area.setRangeText(name.code, end - word.length, end, "end");
    this.list.close();
    this.area.focus();
    this.area.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

export function startCompleting() {
  for (const area of document.querySelectorAll("textarea[data-complete]")) new Completion(area);
}
