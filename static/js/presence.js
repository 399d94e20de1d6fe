// While a thing is open to be written on, say so, and show who else has it open.
import { token } from "./uploads.js";

const EVERY = 20_000;
let leaving = new AbortController();

function body(element, extra = {}) {
  return new URLSearchParams({ key: element.dataset.presence, csrfmiddlewaretoken: token(), ...extra });
}

async function ask(element) {
  if (document.hidden || leaving.signal.aborted) return;
  try {
    const answer = await fetch(element.dataset.presenceAt, { method: "POST", body: body(element), redirect: "error", signal: leaving.signal });
    if (!answer.ok) return;
    const said = (await answer.text()).trim();
    // Only what changed is said aloud again.
    const made = new DOMParser().parseFromString(said, "text/html").body;
    if (made.textContent !== element.textContent.trim()) element.innerHTML = said;
    element.hidden = !said;
  } catch { /* the next time */ }
}

export function startPresence() {
  const element = document.querySelector("[data-presence]");
  if (!element) return;
  setInterval(ask, EVERY, element);
  document.addEventListener("visibilitychange", () => ask(element));
  // A word still on its way must not arrive after the last one.
  addEventListener("pagehide", () => {
    leaving.abort();
    navigator.sendBeacon(element.dataset.presenceAt, body(element, { left: "1" }));
  });
  addEventListener("pageshow", () => { leaving = new AbortController(); });
}
