// Pictures and files that are pasted, dropped or chosen go to the server and link themselves.
import { write } from "./text.js";

/** The token of this page's forms, which every writing request carries. */
export function token() {
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.value
    ?? JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] ?? "";
}

const named = (file) => file.name && file.name !== "image.png" ? file.name : `picture-${Date.now()}.${file.type.split("/")[1] || "png"}`;

class Files {
  constructor(editor) {
    this.editor = editor;
    this.area = editor.area;
    this.count = 0;
    const { root } = editor;
    for (const name of ["dragenter", "dragover"]) root.addEventListener(name, (event) => this.over(event));
    root.addEventListener("dragleave", (event) => { if (!root.contains(event.relatedTarget)) root.classList.remove("dropping"); });
    root.addEventListener("drop", (event) => this.drop(event));
  }

  over(event) {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    this.editor.root.classList.add("dropping");
  }

  drop(event) {
    this.editor.root.classList.remove("dropping");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    this.take([...event.dataTransfer.files]);
  }

  choose() {
    const chooser = document.createElement("input");
    chooser.type = "file";
    chooser.multiple = true;
    chooser.addEventListener("change", () => this.take([...chooser.files]));
    chooser.click();
  }

  async take(files) {
    await Promise.all(files.map((file) => this.send(file)));
  }

  async send(file) {
    const name = named(file);
    this.count += 1;
    const place = `![${name.replace(/[[\]\n]/g, " ")}, on its way (${this.count})]()`;
    const { selectionStart: start, selectionEnd: end } = this.area;
    write(this.area, place, start, end);
    this.editor.say(`Sending ${name} …`);
    const form = new FormData();
    form.append("file", file, name);
    if (this.editor.root.dataset.object) form.append("object", this.editor.root.dataset.object);
    try {
      const answer = await fetch(this.editor.root.dataset.uploadAt, {
        method: "POST",
        headers: { "X-CSRFToken": token(), Accept: "application/json" },
        body: form,
        redirect: "error",
      });
      const told = await answer.json().catch(() => ({}));
      if (answer.status !== 201) throw new Error(told.detail || told.errors?.[0]?.detail || told.error || `the server said ${answer.status}`);
      this.replace(place, told.markdown);
      this.editor.say(`${told.name} is attached.`);
    } catch (error) {
      this.replace(place, "");
      const why = error instanceof TypeError ? "the server did not answer, or you are signed out" : error.message;
      this.editor.say(`${name} was not attached: ${why}`);
    }
  }

  // The writer may have typed on meanwhile: their place in the text stays theirs.
  replace(place, words) {
    const at = this.area.value.indexOf(place);
    if (at < 0) return;
    const { selectionStart, selectionEnd } = this.area;
    const moved = (where) => where >= at + place.length ? where + words.length - place.length : Math.min(where, at + words.length);
    this.area.setRangeText(words, at, at + place.length, "preserve");
    this.area.setSelectionRange(moved(selectionStart), moved(selectionEnd));
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

export const takeFiles = (editor) => new Files(editor);
