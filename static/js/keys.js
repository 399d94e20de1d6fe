// Keys: / searches, Ctrl K opens the palette, ? help, and whatever an element on the page asks for with
// data-key="e" or data-key="g h". Single keys can be turned off (WCAG 2.1.4).
import { keep, recall } from "./store.js";
import { openPalette } from "./palette.js";

const WAIT = 1200;
const OFF = "keys-off";
let first = "";
let timer = 0;

function typing(target) {
  return target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}

function search(event) {
  const box = document.querySelector("[data-find]");
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
}

function palette(event) {
  event.preventDefault();
  if (!openPalette()) search(event);
}

function help() {
  const dialog = document.getElementById("keys");
  if (dialog && !dialog.open) dialog.showModal();
}

/** The page comes after the masthead, and its own meaning of a key goes before the general one. */
function bound(keys) {
  return [...document.querySelectorAll("[data-key]")].filter((one) => one.dataset.key === keys).pop();
}

function press(element) {
  if (element.matches("input, textarea, select")) element.focus();
  else element.click();
}

function sequence(event) {
  clearTimeout(timer);
  const keys = first ? `${first} ${event.key}` : event.key;
  first = "";
  const element = bound(keys);
  if (element) {
    event.preventDefault();
    press(element);
  } else if ([...document.querySelectorAll("[data-key]")].some((one) => one.dataset.key.startsWith(`${keys} `))) {
    first = keys;
    timer = setTimeout(() => { first = ""; }, WAIT);
  }
}

function onKey(event) {
  const command = event.ctrlKey || event.metaKey;
  if (command && !event.altKey && event.key.toLowerCase() === "k") return palette(event);
  if (command && event.key === "Enter" && event.target.form) {
    event.preventDefault();
    return event.target.form.requestSubmit();
  }
  if (event.key === "Escape" && event.target.matches?.("[data-find]")) return event.target.blur();
  if (command || event.altKey || event.isComposing || typing(event.target)) return;
  if (document.querySelector("dialog[open]") || recall(OFF)) return;
  if (event.key === "/") return search(event);
  if (event.key === "?") return help();
  sequence(event);
}

function listKeys() {
  const list = document.querySelector("[data-keys-list]");
  if (!list) return;
  const meanings = new Map();
  for (const element of document.querySelectorAll("[data-key]")) {
    meanings.set(element.dataset.key, element.dataset.keyLabel || element.textContent.trim());
  }
  for (const [keys, meaning] of meanings) {
    const term = document.createElement("dt");
    for (const key of keys.split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      term.append(cap, " ");
    }
    const words = document.createElement("dd");
    words.textContent = meaning;
    list.append(term, words);
  }
}

function choices() {
  const off = document.querySelector("[data-keys-off]");
  if (off) {
    off.checked = Boolean(recall(OFF));
    off.addEventListener("change", () => keep(OFF, off.checked));
  }
  const root = document.documentElement;
  for (const choice of document.querySelectorAll("[data-theme-choice]")) {
    choice.checked = choice.value === (root.dataset.theme || "");
    choice.addEventListener("change", () => {
      // Kept bare, not as JSON: js/theme.js reads it before anything else is loaded.
      try { localStorage.setItem("twiceshy:theme", choice.value); } catch { /* for this page only */ }
      if (choice.value) root.dataset.theme = choice.value;
      else delete root.dataset.theme;
    });
  }
}

export function startKeys() {
  listKeys();
  choices();
  document.addEventListener("keydown", onKey);
  for (const opener of document.querySelectorAll("[data-open='keys']")) {
    opener.hidden = false;
    opener.addEventListener("click", help);
  }
  const current = document.querySelector(".places [aria-current]");
  const strip = current?.closest(".places");
  if (strip) strip.scrollLeft = current.offsetLeft - strip.clientWidth / 2 + current.clientWidth / 2;
}
