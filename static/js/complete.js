// Completion of names in a textarea: <textarea data-complete="/address.json">.
// The list is a listbox that the text announces: arrows choose, Enter or Tab takes, Escape closes.
const MOST = 8;

class Completion {
  constructor(area) {
    this.area = area;
    this.names = [];
    this.shown = [];
    this.at = 0;
    this.list = document.createElement("ul");
    this.list.className = "completion";
    this.list.id = `${area.id}-names`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Names that fit");
    this.list.hidden = true;
    area.after(this.list);
    area.setAttribute("aria-controls", this.list.id);
    area.setAttribute("aria-autocomplete", "list");
    area.addEventListener("focus", () => this.load(), { once: true });
    area.addEventListener("input", () => this.look());
    area.addEventListener("keydown", (event) => this.key(event));
    area.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("mousedown", (event) => {
      const item = event.target.closest("[data-at]");
      if (item) { event.preventDefault(); this.take(Number(item.dataset.at)); }
    });
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
    if (word.length < 2) return this.close();
    const seen = new Set();
    this.shown = [];
    for (const name of this.names) {
      const text = Completion.fits(name, word);
      if (text === null || seen.has(text) || text.includes("[]")) continue;
      seen.add(text);
      this.shown.push({ ...name, text });
      if (this.shown.length === MOST) break;
    }
    this.at = 0;
    this.draw();
  }

  draw() {
    this.list.replaceChildren(...this.shown.map((name, place) => {
      const item = document.createElement("li");
      item.id = `${this.list.id}-${place}`;
      item.dataset.at = place;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(place === this.at));
      const code = document.createElement("code");
      code.textContent = name.text;
      const about = document.createElement("span");
      about.textContent = `${name.type}${name.unit ? `, ${name.unit}` : ""} · ${name.about}`;
      item.append(code, about);
      return item;
    }));
    this.list.hidden = this.shown.length === 0;
    if (this.list.hidden) this.area.removeAttribute("aria-activedescendant");
    else this.area.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
  }

  key(event) {
    if (this.list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.at = (this.at + step + this.shown.length) % this.shown.length;
      this.draw();
    } else if (event.key === "Enter" || event.key === "Tab") this.take(this.at);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  take(place) {
    const name = this.shown[place];
    const word = this.word();
    const end = this.area.selectionStart;
    this.area.setRangeText(name.text, end - word.length, end, "end");
    this.close();
    this.area.focus();
    this.area.dispatchEvent(new Event("change", { bubbles: true }));
  }

  close() {
    this.shown = [];
    this.draw();
  }
}

export function startCompleting() {
  for (const area of document.querySelectorAll("textarea[data-complete]")) new Completion(area);
}
