// Copy buttons: data-copy="#id" copies that element's text, data-copy-text="…" the words given.
// They stay hidden where the browser cannot copy.
function textFor(button) {
  if (button.dataset.copyText) return button.dataset.copyText;
  const source = document.querySelector(button.dataset.copy);
  return source ? (source.value ?? source.textContent).trim() : "";
}

async function copy(button) {
  const words = button.textContent;
  let said = "Copied";
  try {
    await navigator.clipboard.writeText(textFor(button));
  } catch {
    said = "Not copied: select it by hand";
  }
  button.textContent = said;
  setTimeout(() => { button.textContent = words; }, 1600);
}

export function startCopying() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy], [data-copy-text]")) button.hidden = false;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-copy-text]");
    if (button) copy(button);
  });
}
