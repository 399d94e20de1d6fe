// Changing the words of a text area so that the browser's own undo takes it back.

/** Put `words` in place of what stands from `start` to `end`, and select what `select` says. */
export function write(area, words, start, end, select = [words.length, words.length]) {
  area.focus();
  area.setSelectionRange(start, end);
  // execCommand is the one way that keeps the undo list; where it is refused, the text still changes.
  const done = words === "" && start !== end
    ? document.execCommand("delete")
    : words !== "" && document.execCommand("insertText", false, words);
  if (!done && (words !== "" || start !== end)) {
    area.setRangeText(words, start, end, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  area.setSelectionRange(start + select[0], start + select[1]);
}

/** The whole lines that the selection touches. */
export function lines(area) {
  const { value, selectionStart, selectionEnd } = area;
  const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const last = selectionEnd > selectionStart && value[selectionEnd - 1] === "\n" ? selectionEnd - 1 : selectionEnd;
  const next = value.indexOf("\n", last);
  const end = next < 0 ? value.length : next;
  return { start, end, text: value.slice(start, end) };
}

const POINT = /^(\s*)((?:[-*+]|\d{1,9}[.)])(\s+)(\[[ xX]\]\s+)?)(.*)$/;
const QUOTE = /^(\s*(?:>\s?)+)(.*)$/;

/** What a line of a list or a quotation begins with: { indent, mark, task, rest }, or null. */
export function point(line) {
  const found = line.match(POINT);
  if (found) return { indent: found[1], mark: found[2], gap: found[3], task: Boolean(found[4]), rest: found[5], quote: false };
  const quote = line.match(QUOTE);
  return quote ? { indent: "", mark: quote[1], gap: "", task: false, rest: quote[2], quote: true } : null;
}

/** How the next point after this one begins. */
export function following({ indent, mark, task, quote }) {
  if (quote) return mark;
  const number = mark.match(/^(\d+)([.)])/);
  const bullet = number ? `${Number(number[1]) + 1}${number[2]}` : mark[0];
  return `${indent}${bullet} ${task ? "[ ] " : ""}`;
}

export const isRow = (line) => /^\s*\|.*\|\s*$/.test(line);
export const isRule = (line) => /^\s*\|(?:\s*:?-+:?\s*\|)+\s*$/.test(line);

/** The cells of a row of a table; a bar behind a backslash belongs to its cell. */
export function cells(line) {
  return line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());
}
