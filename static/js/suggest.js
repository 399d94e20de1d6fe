// What follows @, # or [[ completes itself: hosts, incidents, pages and the rest, by name.
import { Listbox } from "./listbox.js";
import { write } from "./text.js";

const PAUSE = 120;
const OPEN = [
  [/(?:^|[^\w@#&/.])(@)([A-Za-z0-9._-]{0,60})$/, "@"],
  [/(?:^|[^\w@#&/.])(#)([\w-]{0,40}(?: [\w-]{1,40}){0,3})$/, "#"],
  [/(\[\[)([^[\]|\n]{0,80})$/, "[["],
];

export class Suggestions {
  constructor(area, address) {
    this.area = area;
    this.address = address;
    this.timer = 0;
    this.asked = 0;
    this.list = new Listbox(area, (one) => this.take(one));
    area.addEventListener("input", () => this.look());
    area.addEventListener("click", () => this.list.close());
  }

  /** The sign that is open before the cursor: { sign, typed, start }, or null. */
  open() {
    if (this.area.selectionStart !== this.area.selectionEnd) return null;
    const before = this.area.value.slice(0, this.area.selectionStart);
    for (const [pattern, sign] of OPEN) {
      const found = before.slice(-200).match(pattern);
      if (found) return { sign, typed: found[2], start: before.length - found[2].length - sign.length };
    }
    return null;
  }

  look() {
    clearTimeout(this.timer);
    const open = this.open();
    // A lone # begins a heading: wait for the first figure or letter.
    if (!open || (open.sign === "#" && !open.typed)) return this.list.close();
    this.timer = setTimeout(() => this.ask(open), PAUSE);
  }

  async ask(open) {
    const turn = ++this.asked;
    const query = new URLSearchParams({ sign: open.sign, q: open.typed });
    const answer = await fetch(`${this.address}?${query}`, { headers: { Accept: "application/json" }, redirect: "error" }).catch(() => null);
    if (!answer?.ok) return;
    const { suggestions } = await answer.json();
    // Who typed on meanwhile has asked again.
    if (turn !== this.asked || JSON.stringify(this.open()) !== JSON.stringify(open)) return;
    this.list.show(suggestions.map((one) => ({ ...one, code: one.title, about: one.kind.toLowerCase() })));
  }

  take(one) {
    const open = this.open();
    if (!open) return;
    let end = this.area.selectionStart;
    if (open.sign === "[[" && this.area.value.slice(end, end + 2) === "]]") end += 2;
    write(this.area, one.text, open.start, end);
    this.list.close();
  }
}
