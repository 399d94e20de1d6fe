// Completion in search boxes, and the palette that Ctrl K opens: <input data-offers="/address">.
// A combobox with a list: arrows choose, Enter goes, Tab takes the words into the box, Escape
// closes.  Nothing is chosen at first, so Enter asks what was typed, as without a script.
const WAIT = 120;
const MOST_COMMANDS = 4;

class Suggesting {
  constructor(box) {
    this.box = box;
    this.shown = [];
    this.at = -1;
    this.asked = 0;
    this.list = document.createElement("ul");
    this.list.className = "suggestions";
    this.list.id = `${box.id}-list`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "What fits");
    this.list.hidden = true;
    box.after(this.list);
    this.told = document.createElement("span");
    this.told.className = "aloud";
    this.told.setAttribute("role", "status");
    this.list.after(this.told);
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-controls", this.list.id);
    box.setAttribute("aria-expanded", "false");
    box.addEventListener("input", () => this.soon());
    box.addEventListener("focus", () => { if (!box.value) this.soon(); });
    box.addEventListener("blur", () => setTimeout(() => this.close(), 200));
    box.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const item = event.target.closest("[data-at]");
      if (item) this.go(Number(item.dataset.at));
    });
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT);
  }

  async ask() {
    const number = ++this.asked;
    const text = this.box.value;
    let found = [];
    try {
      const address = `${this.box.dataset.offers}?q=${encodeURIComponent(text)}`;
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (answer.ok) found = (await answer.json()).suggestions;
    } catch { /* offline: the box still asks when it is sent */ }
    // An answer to what stood there before is late: the newer one counts.
    if (number !== this.asked || document.activeElement !== this.box) return;
    if (this.box.dataset.commands !== undefined) found = [...found, ...this.commands(text)];
    this.shown = found;
    this.at = -1;
    this.draw();
  }

  /** What this page and the masthead have keys for: "New incident", "Hosts". */
  commands(text) {
    const words = text.trim().toLowerCase();
    if (words.length < 2) return [];
    const seen = new Set();
    const found = [];
    for (const element of document.querySelectorAll("[data-key]")) {
      const label = (element.dataset.keyLabel || element.textContent).trim();
      if (seen.has(label) || !label.toLowerCase().includes(words)) continue;
      seen.add(label);
      found.push({ text: label, kind: "command", about: `Key ${element.dataset.key}`, element });
      if (found.length === MOST_COMMANDS) break;
    }
    return found;
  }

  draw() {
    this.list.replaceChildren(...this.shown.map((one, place) => {
      const item = document.createElement("li");
      item.id = `${this.list.id}-${place}`;
      item.dataset.at = place;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(place === this.at));
      const text = document.createElement(one.url ? "span" : "code");
      if (one.kind === "command") item.className = "command";
      text.textContent = one.text;
      const label = document.createElement("span");
      label.className = "quiet";
      label.textContent = one.about;
      item.append(text, label);
      return item;
    }));
    const open = this.shown.length > 0;
    this.list.hidden = !open;
    this.box.setAttribute("aria-expanded", String(open));
    this.told.textContent = open ? `${this.shown.length} fit` : "";
    this.mark();
  }

  mark() {
    for (const item of this.list.children) {
      item.setAttribute("aria-selected", String(Number(item.dataset.at) === this.at));
    }
    if (this.at < 0) return this.box.removeAttribute("aria-activedescendant");
    this.box.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
    this.list.children[this.at].scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.shown.length) {
      // From the last one back to the box, where nothing is chosen.
      const places = this.shown.length + 1;
      this.at = (this.at + 1 + step + places) % places - 1;
      this.mark();
    } else if (event.key === "Enter" && this.at >= 0) this.go(this.at);
    else if (event.key === "Tab" && !event.shiftKey && this.shown.length && this.at >= 0) this.take(this.at);
    else if (event.key === "Escape" && !this.list.hidden && !this.box.closest("dialog")) {
      this.close();
      event.stopPropagation();
    } else return;
    event.preventDefault();
  }

  go(place) {
    const one = this.shown[place];
    if (one.element) {
      this.box.closest("dialog")?.close();
      one.element.click();
    } else if (one.url) window.location.assign(one.url);
    else if (one.text.endsWith(":")) this.take(place);
    else {
      this.box.value = one.text;
      this.box.form.requestSubmit();
    }
  }

  take(place) {
    const one = this.shown[place];
    this.box.value = one.url || one.element ? one.text : `${one.text}${one.text.endsWith(":") ? "" : " "}`;
    this.box.focus();
    this.soon();
  }

  close() {
    clearTimeout(this.timer);
    this.asked += 1;
    this.shown = [];
    this.at = -1;
    this.draw();
  }
}

/** Opens the palette, with what the box in the masthead holds; false where there is none. */
export function openPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog) return false;
  const box = dialog.querySelector("input");
  if (!dialog.open) dialog.showModal();
  box.value = box.value || document.getElementById("find")?.value || "";
  box.focus();
  box.select();
  return true;
}

export function startSuggesting() {
  for (const box of document.querySelectorAll("input[data-offers]")) new Suggesting(box);
  const dialog = document.getElementById("palette");
  // A click beside the card closes it, as Escape does.
  dialog?.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}
