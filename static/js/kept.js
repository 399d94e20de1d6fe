// The pages' side of the outbox: forms that keep what they send, and a notice of what is kept.
import { drop, flush, newKey, onChange, put, retry, startOutbox, state, waiting } from "./outbox.js";

const SAID = {
  offline: "There is no connection. It is sent by itself as soon as there is one.",
  "sign-in": "You are not signed in any more. Sign in, and it is sent.",
  refused: "Something could not be taken as it is.",
};

function made(tag, words, css) {
  const element = document.createElement(tag);
  if (words) element.textContent = words;
  if (css) element.className = css;
  return element;
}

function button(words, act, css = "button slim") {
  const element = made("button", words, css);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

function one(thing) {
  const item = made("li");
  const at = new Date(thing.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  item.append(made("span", `${at} ${thing.kind === "incident" ? thing.title : thing.what}`));
  if (thing.refused) {
    const actions = made("span", "", "actions");
    actions.append(button("Try again", () => retry(thing.key)), button("Throw it away", () => {
      if (confirm("Throw these words away? They are nowhere else.")) drop(thing.key);
    }));
    item.append(made("strong", thing.refused), actions);
  }
  return item;
}

/** One notice on every page while something is kept; the page of a log shows its lines itself. */
function notice() {
  const things = waiting();
  let box = document.querySelector("[data-kept]");
  if (!things.length) return box?.remove();
  if (!box) {
    box = made("section", "", "kept");
    box.dataset.kept = "";
    box.setAttribute("role", "status");
    document.querySelector("main")?.prepend(box);
  }
  const head = made("p");
  const count = things.length === 1 ? "One thing is" : `${things.length} things are`;
  head.append(made("strong", `${count} kept in this browser and not sent yet. `), SAID[state()] || "Sending…");
  const list = made("ul");
  list.append(...things.map(one));
  const actions = made("p", "", "actions");
  actions.append(button("Send now", flush));
  if (state() === "sign-in") {
    const link = made("a", "Sign in", "button slim");
    link.href = "/accounts/login/?next=/incidents/";
    actions.append(link);
  }
  box.replaceChildren(head, list, actions);
}

// --- an incident --------------------------------------------------------------------------------

const value = (form, name) => form.elements[name]?.value.trim() || "";

function keepIncident(event, form) {
  const title = value(form, "title");
  if (!title) return;
  if (!form.elements.key.value) form.elements.key.value = newKey();
  const thing = { kind: "incident", key: form.elements.key.value, at: new Date().toISOString(), title, hosts: value(form, "hosts_affected") };
  const kept = put(thing);
  if (!kept || navigator.onLine !== false) return; // sent as any form; what is kept waits behind it
  event.preventDefault();
  form.dispatchEvent(new CustomEvent("kept", { bubbles: true, detail: thing }));
}

/** The server has answered with the same form: what it is about is here, and no longer kept. */
function letGo(form) {
  if (document.querySelector("[data-mistakes]") && form.elements.key) drop(form.elements.key.value);
}

function afterKept(event) {
  if (navigator.serviceWorker?.controller) location.assign("/offline/");
  else {
    const said = made("div", "Kept in this browser. Leave it open or come back later: it is sent by itself.", "banner note");
    event.target.replaceWith(said);
  }
}

// --- a line -------------------------------------------------------------------------------------

function showLine(list, thing, words) {
  const item = made("li");
  item.dataset.key = thing.key;
  const at = made("span", new Date(thing.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }), "when");
  item.append(at, made("div", thing.what, "what"), made("div", words, "source"));
  list.prepend(item);
}

function keepLine(event, form) {
  const what = value(form, "what");
  if (!what) return event.preventDefault();
  const thing = { kind: "line", key: newKey(), at: new Date().toISOString(), what };
  if (form.dataset.incident) thing.incident = Number(form.dataset.incident);
  else thing.begun = form.dataset.begun;
  if (!put(thing)) return; // a browser that keeps nothing sends it as any form
  event.preventDefault();
  const list = document.querySelector("[data-outbox-lines]");
  if (list) showLine(list, thing, "kept here, not sent yet");
  form.elements.what.value = "";
  form.elements.what.dispatchEvent(new Event("input", { bubbles: true }));
  form.elements.what.focus();
  flush();
}

function lineSent(event) {
  const item = document.querySelector(`[data-outbox-lines] [data-key="${event.detail.thing.key}"] .source`);
  if (item) item.textContent = "sent";
}

/** Lines of this very log that are still kept, from before a reload. */
function showWaiting() {
  const list = document.querySelector("[data-outbox-lines]");
  const form = document.querySelector("form[data-outbox='line']");
  if (!list || !form) return;
  for (const thing of waiting()) {
    const mine = thing.kind === "line" && (String(thing.incident || "") === (form.dataset.incident || "-") || (thing.begun && thing.begun === form.dataset.begun));
    if (mine && !list.querySelector(`[data-key="${thing.key}"]`)) showLine(list, thing, "kept here, not sent yet");
  }
}

export function startKept() {
  for (const form of document.querySelectorAll("form[data-outbox='incident']")) letGo(form);
  document.addEventListener("submit", (event) => {
    const kind = event.target.dataset?.outbox;
    if (kind === "incident") keepIncident(event, event.target);
    if (kind === "line") keepLine(event, event.target);
  });
  document.addEventListener("kept", afterKept);
  document.addEventListener("outbox:sent", lineSent);
  onChange(notice);
  showWaiting();
  startOutbox();
  if (document.documentElement.dataset.user) navigator.serviceWorker?.register("/worker.js").catch(() => {});
}
