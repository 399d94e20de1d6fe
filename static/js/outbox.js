// What is written while things burn is kept in this browser until the server has it.
//
// Every thing has a key made here; the server takes each key once, so sending again does no harm.
// A thing leaves the browser only when the server has said that it has it. Whoever is signed in
// sends only what they wrote themselves.
import { forget, keep, names, recall } from "./store.js";

const DOOR = "/incidents/kept/";
const EVERY = 15000;
const who = document.documentElement.dataset.user || recall("who") || "nobody";
const place = (key) => `outbox:${who}:${key}`;

/** How sending goes: "" while nothing is known, else "offline", "sign-in" or "refused". */
let trouble = "";
const watchers = new Set();

export function onChange(act) {
  watchers.add(act);
}

function tell() {
  for (const act of watchers) act();
}

export const newKey = () =>
  crypto.randomUUID ? crypto.randomUUID() : "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
    (+c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (+c / 4)))).toString(16));

/** Keep a thing; false where the browser refuses to keep anything. */
export function put(thing) {
  const done = keep(place(thing.key), { ...thing, kept: Date.now() });
  tell();
  return done;
}

export function drop(key) {
  forget(place(key));
  tell();
}

/** What is kept, in the order in which it was written. */
export function waiting() {
  return names(`outbox:${who}:`)
    .map((name) => recall(name))
    .filter((thing) => thing?.key)
    .sort((one, two) => one.kept - two.kept);
}

export const state = () => trouble;

function token() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] || "";
}

async function send(thing) {
  const answer = await fetch(DOOR, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
    credentials: "same-origin",
    redirect: "manual",
    body: JSON.stringify(thing),
  });
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return "sign-in";
  if (answer.status === 422) {
    keep(place(thing.key), { ...thing, refused: (await answer.json()).why });
    return "refused";
  }
  if (!answer.ok) throw new Error(String(answer.status));
  const said = await answer.json();
  forget(place(thing.key));
  document.dispatchEvent(new CustomEvent("outbox:sent", { detail: { thing, ...said } }));
  return "";
}

/** A form on this page that has a thing's key is still being written: it is not ours to send. */
const inHand = () => new Set([...document.querySelectorAll("form[data-outbox] [name='key']")].map((one) => one.value));

async function flushNow() {
  const held = inHand();
  let all = "";
  const stuck = new Set();
  for (const thing of waiting()) {
    if (held.has(thing.key) || thing.refused || stuck.has(thing.begun)) {
      if (thing.kind === "incident") stuck.add(thing.key);
      if (thing.refused) all = all || "refused";
      continue;
    }
    const outcome = await send(thing);
    if (outcome && thing.kind === "incident") stuck.add(thing.key);
    all = all || outcome;
    if (outcome === "sign-in") break;
  }
  return all;
}

/** Send what is kept, one after the other; of several tabs only one does. */
export async function flush() {
  if (!waiting().length) { trouble = ""; tell(); return; }
  try {
    trouble = navigator.locks
      ? await navigator.locks.request("twiceshy-outbox", { ifAvailable: true }, (lock) => (lock ? flushNow() : trouble))
      : await flushNow();
  } catch {
    trouble = "offline";
  }
  tell();
}

export function retry(key) {
  const thing = recall(place(key));
  if (thing) keep(place(key), { ...thing, refused: undefined });
  return flush();
}

let started = false;
export function startOutbox() {
  if (started) return;
  started = true;
  if (document.documentElement.dataset.user) keep("who", document.documentElement.dataset.user);
  addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
  setInterval(() => { if (waiting().length && !document.hidden) flush(); }, EVERY);
  flush();
}
