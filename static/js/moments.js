// Moments in forms, on the clock of whoever writes: where somebody has chosen no zone of their own,
// a field in UTC is shown in the browser's zone, as the times on the page are. The field says which.
const own = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** 2026-11-23T09:05 or, where there are seconds, 2026-11-23T09:05:12, on the clock of `zone`. */
export function onClock(moment, zone) {
  const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
  // The Swedish way of writing a time is the one of ISO 8601.
  const said = new Intl.DateTimeFormat("sv-SE", { ...parts, timeZone: zone }).format(moment).replace(" ", "T");
  return said.endsWith(":00") ? said.slice(0, 16) : said;
}

function settle(box) {
  const input = box.querySelector("[data-moment]");
  const zone = box.querySelector("[name$='_zone']");
  const shown = box.querySelector("[name$='_shown']");
  if (!input || !zone || zone.value !== "UTC" || !own() || own() === "UTC") return;
  if (input.value && !shown?.value) return; // somebody typed it as UTC: it stays what it says
  if (shown?.value) input.value = onClock(new Date(shown.value), own());
  zone.value = own();
  box.querySelector("[data-moment-zone]").textContent = own();
}

/** "Now" fills the first moment of its form; without a script an empty field means the same. */
function now(event) {
  const button = event.target.closest("[data-now]");
  const box = button?.form?.querySelector("[data-moment-of]");
  if (!box) return;
  event.preventDefault();
  const input = box.querySelector("[data-moment]");
  const moment = new Date();
  moment.setMilliseconds(0);
  input.value = onClock(moment, box.querySelector("[name$='_zone']").value);
  input.dispatchEvent(new Event("input", { bubbles: true }));
  button.form.querySelector("textarea")?.focus();
}

let started = false;
export function localMoments(root) {
  if (!started) document.addEventListener("click", now);
  started = true;
  const chosen = document.documentElement.dataset.zone;
  if (chosen && chosen !== "UTC") return;
  for (const box of root.querySelectorAll("[data-moment-of]")) settle(box);
  for (const field of root.querySelectorAll("[data-own-zone]")) if (field.value === "UTC" && own()) field.value = own();
}
