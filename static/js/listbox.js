// The list of what fits under a text: arrows choose, Enter or Tab takes, Escape closes.
// Focus stays in the text, which announces the choice (WAI-ARIA listbox, aria-activedescendant).
export class Listbox {
  constructor(area, take) {
    this.area = area;
    this.take = take;
    this.shown = [];
    this.at = 0;
    this.list = document.createElement("ul");
    this.list.className = "completion";
    this.list.id = `${area.id}-names`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "What fits");
    this.list.hidden = true;
    area.after(this.list);
    area.setAttribute("aria-controls", this.list.id);
    area.setAttribute("aria-autocomplete", "list");
    area.addEventListener("keydown", (event) => this.key(event));
    area.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("mousedown", (event) => {
      const item = event.target.closest("[data-at]");
      if (item) { event.preventDefault(); this.take(this.shown[Number(item.dataset.at)]); }
    });
  }

  /** Each with `code`, what it is called, and `about`, a few words on it. */
  show(rows) {
    this.shown = rows;
    this.at = 0;
    this.draw();
  }

  close() {
    if (this.shown.length) this.show([]);
  }

  draw() {
    this.list.replaceChildren(...this.shown.map((row, place) => {
      const item = document.createElement("li");
      item.id = `${this.list.id}-${place}`;
      item.dataset.at = place;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(place === this.at));
      const code = document.createElement("code");
      code.textContent = row.code;
      const about = document.createElement("span");
      about.textContent = row.about;
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
    } else if (event.key === "Enter" || event.key === "Tab") this.take(this.shown[this.at]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
