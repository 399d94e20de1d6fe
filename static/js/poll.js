// A fragment with data-poll="address" is asked for again every data-poll-every seconds and put in
// its own place; polling ends when the answer carries no data-poll. A hidden tab waits.
const LONGEST = 60;

function replace(element, html) {
  const made = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  if (!made) return null;
  element.replaceWith(made);
  window.htmx?.process(made);
  return made;
}

async function ask(element, pause) {
  if (!element.isConnected) return;
  const every = Number(element.dataset.pollEvery) || 2;
  if (document.hidden) return void setTimeout(ask, every * 1000, element, pause);
  try {
    const answer = await fetch(element.dataset.poll, {
      headers: { "X-Requested-With": "fetch" },
      credentials: "same-origin",
      redirect: "error",
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const made = replace(element, await answer.text());
    if (made?.dataset.poll) setTimeout(ask, every * 1000, made, every);
    else if (made?.dataset.pollThen) location.assign(made.dataset.pollThen);
  } catch {
    const longer = Math.min(LONGEST, Math.max(every, pause) * 2);
    setTimeout(ask, longer * 1000, element, longer);
  }
}

export function startPolls(root) {
  const found = [...root.querySelectorAll("[data-poll]")];
  if (root.matches?.("[data-poll]")) found.push(root);
  for (const element of found) {
    if (element.dataset.pollStarted) continue;
    element.dataset.pollStarted = "yes";
    setTimeout(ask, (Number(element.dataset.pollEvery) || 2) * 1000, element, 0);
  }
}
