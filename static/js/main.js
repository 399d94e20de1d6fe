// Everything a page does beyond HTML. Each part stands alone; without any of it pages still work.
import { keepDrafts } from "./drafts.js";
import { startKeys } from "./keys.js";
import { startMenus } from "./menus.js";
import { startPolls } from "./poll.js";
import { startCompleting } from "./complete.js";
import { startCopying } from "./copy.js";
import { startKept } from "./kept.js";
import { localMoments } from "./moments.js";
import { startPresence } from "./presence.js";
import { startSuggesting } from "./palette.js";
import { localTimes } from "./times.js";
import { startWriting } from "./writing.js";

function settle(root) {
  localTimes(root);
  localMoments(root);
  keepDrafts(root);
  startWriting(root);
  startPolls(root);
}

startMenus();
startKeys();
startCopying();
startCompleting();
startKept();
startPresence();
startSuggesting();
settle(document);
document.body.addEventListener("htmx:load", (event) => settle(event.detail.elt));

// An answer of 400, 409, 410 or 422 is a form with its mistakes in it: show it like any other.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if ([400, 409, 410, 412, 422].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

const mistakes = document.querySelector("[data-mistakes]");
if (mistakes) mistakes.focus();
