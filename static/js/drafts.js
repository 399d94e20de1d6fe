// What is being typed is kept in this browser, field by field, until the server has it.
//
// A field takes part with data-draft-key="incident-12-summary". A draft is offered back where it
// differs from what the page holds. It goes when a later page of ours (body[data-settled]) shows
// without the field: then the save went through. An error page, the sign-in page or the same form
// with its mistakes keeps it.
import { forget, keep, names, recall } from "./store.js";

const MONTH = 30 * 24 * 3600 * 1000;
const who = document.documentElement.dataset.user || "nobody";
const place = (key) => `draft:${who}:${key}`;
const SENT = `sent:${who}`;

const fields = (root) => [...root.querySelectorAll("[data-draft-key]")];

function age(at) {
  const minutes = Math.round((Date.now() - at) / 60000);
  if (minutes < 1) return "a moment ago";
  if (minutes < 60) return minutes === 1 ? "a minute ago" : `${minutes} minutes ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return hours === 1 ? "an hour ago" : `${hours} hours ago`;
  return `${Math.round(hours / 24)} days ago`;
}

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button slim";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

/** One offer for all fields of a form: at three in the morning one question is enough. */
function offer(drafts) {
  const notice = document.createElement("div");
  notice.className = "draft";
  notice.setAttribute("role", "status");
  const words = document.createElement("span");
  const newest = age(Math.max(...drafts.map(({ draft }) => draft.at)));
  const many = drafts.length > 1 ? ` (${drafts.map(({ field }) => nameOf(field)).join(", ")})` : "";
  words.textContent = `You typed something else here ${newest} and it was not saved${many}.`;
  const actions = document.createElement("span");
  actions.className = "actions";
  const [{ field: first }] = drafts;
  actions.append(
    button("Bring it back", () => {
      notice.remove();
      for (const { field, draft } of drafts) {
        field.value = draft.text;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
      first.focus();
    }),
    button("Throw it away", () => {
      notice.remove();
      for (const { field } of drafts) forget(place(field.dataset.draftKey));
      first.focus();
    }),
  );
  notice.append(words, actions);
  (first.closest(".field") || first.closest(".writing") || first).before(notice);
  for (const { held } of drafts) held.notice = notice;
}

const nameOf = (field) => field.labels?.[0]?.firstChild?.textContent.trim().toLowerCase() || field.name;

/** Keep what is typed into a field; the draft that is to be offered back, if there is one. */
function watch(field) {
  if (field.dataset.draftWatched) return null;
  field.dataset.draftWatched = "yes";
  const name = place(field.dataset.draftKey);
  const draft = recall(name);
  const held = { notice: null };
  const offered = draft && draft.text && draft.text.trim() !== field.value.trim();
  if (draft && !offered) forget(name);

  let timer = 0;
  const write = () => {
    clearTimeout(timer);
    timer = 0;
    keep(name, { text: field.value, at: Date.now() });
  };
  field.addEventListener("input", () => {
    // While an older draft is still on offer it is not written over: it would be lost unseen.
    if (held.notice?.isConnected) return;
    clearTimeout(timer);
    timer = setTimeout(write, 300);
  });
  addEventListener("pagehide", () => { if (timer) write(); });
  field.form?.addEventListener("submit", () => { if (timer) write(); });
  return offered ? { field, draft, held } : null;
}

function sending(form) {
  const keys = fields(form).map((field) => field.dataset.draftKey);
  if (keys.length) keep(SENT, keys, sessionStorage);
}

/**
 * Forget what was sent from this tab and is not being asked for again.  A whole page of ours that
 * follows a form says that it went through, even where it has an empty form of the kind once more.
 */
function settleSent(whole = false) {
  const sent = recall(SENT, sessionStorage);
  if (!sent) return;
  forget(SENT, sessionStorage);
  if (!("settled" in document.body.dataset)) return;
  const asked = new Set(whole ? [] : fields(document).map((field) => field.dataset.draftKey));
  for (const key of sent) if (!asked.has(key)) forget(place(key));
}

function sweepOld() {
  for (const name of names("draft:")) {
    const draft = recall(name);
    if (!draft || Date.now() - draft.at > MONTH) forget(name);
  }
}

let started = false;
function start() {
  started = true;
  sweepOld();
  settleSent(true);
  document.addEventListener("submit", (event) => sending(event.target));
  document.body.addEventListener("htmx:afterSettle", () => settleSent());
  document.body.addEventListener("htmx:sendError", () => forget(SENT, sessionStorage));
  document.body.addEventListener("htmx:responseError", () => forget(SENT, sessionStorage));
}

export function keepDrafts(root) {
  if (!started) start();
  const found = fields(root).map(watch).filter(Boolean);
  for (const form of new Set(found.map(({ field }) => field.form))) {
    offer(found.filter(({ field }) => field.form === form));
  }
}
