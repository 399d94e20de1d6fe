// The two ways to see what a text will look like: in its place, or beside it while one types.
// The server draws both, with the code that draws the page.
import { keep, recall } from "./store.js";
import { token } from "./uploads.js";

const PAUSE = 400;
const CHOICE = "side-by-side";

export class Views {
  constructor(editor) {
    this.editor = editor;
    this.root = editor.root;
    this.pane = this.root.querySelector("[data-shown]");
    this.side = this.root.querySelector("[data-view=side]");
    this.preview = this.root.querySelector("[data-view=preview]");
    this.mode = "";
    this.drawn = null;
    this.timer = 0;
    this.side.hidden = false;
    this.preview.setAttribute("aria-pressed", "false");
    this.side.addEventListener("click", () => {
      keep(CHOICE, this.mode !== "side");
      this.show(this.mode === "side" ? "" : "side");
    });
    this.preview.addEventListener("click", (event) => {
      event.preventDefault();
      this.show(this.mode === "preview" ? "" : "preview");
    });
    editor.area.addEventListener("input", () => {
      if (this.mode !== "side") return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.draw(), PAUSE);
    });
    // Only where one text fills the page: eleven panes beside eleven small texts help nobody.
    if (editor.area.classList.contains("tall") && recall(CHOICE)) this.show("side");
  }

  /** Whether the text itself is out of sight. */
  get alone() {
    return this.mode === "preview";
  }

  show(mode) {
    this.mode = mode;
    this.root.classList.toggle("beside", mode === "side");
    this.root.classList.toggle("alone", mode === "preview");
    this.side.setAttribute("aria-pressed", String(mode === "side"));
    this.preview.setAttribute("aria-pressed", String(mode === "preview"));
    this.preview.textContent = mode === "preview" ? "Write on" : "Preview";
    this.pane.hidden = !mode;
    if (mode) this.draw();
    if (mode === "preview") this.pane.focus();
    else if (document.activeElement === this.preview) this.editor.area.focus();
  }

  async draw() {
    const text = this.editor.area.value;
    if (text === this.drawn) return;
    this.pane.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(this.root.dataset.previewAt, {
        method: "POST",
        headers: { "X-CSRFToken": token(), "HX-Request": "true" },
        body: new URLSearchParams({ text }),
        redirect: "error",
      });
      if (!answer.ok) throw new Error(await answer.text());
      this.pane.innerHTML = await answer.text();
      this.drawn = text;
      this.editor.say("");
    } catch {
      this.editor.say("No preview: the server did not answer, or you are signed out. Your words are kept in this browser.");
    }
    this.pane.removeAttribute("aria-busy");
    if (this.mode && this.editor.area.value !== text) this.timer = setTimeout(() => this.draw(), PAUSE);
  }
}
