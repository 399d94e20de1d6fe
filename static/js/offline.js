// The page a browser shows without a connection: begin an incident, write along, and see what waits.
import { startKept } from "./kept.js";
import { newKey, waiting } from "./outbox.js";

const begin = document.querySelector("form[data-outbox='incident']");
const line = document.querySelector("form[data-outbox='line']");

function number() {
  return location.pathname.match(/^\/incidents\/(\d+)\//)?.[1];
}

/** Lines go to the incident of the page that could not be reached, else to the last one begun here. */
function aim() {
  const last = waiting().filter((thing) => thing.kind === "incident").pop();
  line.hidden = !(number() || last);
  if (number()) line.dataset.incident = number();
  else if (last) line.dataset.begun = last.key;
  document.querySelector("[data-aim]").textContent = number() ? `#${number()}` : last?.title || "";
}

begin.addEventListener("submit", (event) => {
  // Before the outbox looks: here nothing is ever sent as a form.
  if (!begin.elements.key.value) begin.elements.key.value = newKey();
});
document.addEventListener("kept", (event) => {
  event.stopPropagation();
  begin.reset();
  begin.elements.key.value = "";
  aim();
  line.elements.what.focus();
}, true);
document.addEventListener("outbox:sent", (event) => {
  if (waiting().length) return;
  const link = document.querySelector("[data-sent]");
  link.hidden = false;
  link.querySelector("a").href = event.detail.address;
});
aim();
startKept();
