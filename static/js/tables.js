// Tables in a text area: made, grown and walked through without counting bars.
import { cells, isRow, isRule, lines, write } from "./text.js";

export class Table {
  constructor(area) {
    this.area = area;
  }

  /** A new table; inside one, another row under this one. */
  make() {
    const { start, end, text } = lines(this.area);
    if (isRow(text)) return this.row(end, cells(text).length);
    const lead = text.trim() ? "\n\n" : "";
    const made = `${lead}| What | Where |\n|---|---|\n|  |  |\n`;
    const at = text.trim() ? end : start;
    write(this.area, made, at, end, [lead.length + 2, lead.length + 6]);
  }

  row(end, count) {
    write(this.area, `\n|${"  |".repeat(count)}`, end, end, [3, 3]);
  }

  /** Enter at the end of a row makes the next one; in an empty row it ends the table. */
  enter(text, start, end) {
    if (this.area.selectionStart < start + text.trimEnd().length) return false;
    if (!isRule(text) && cells(text).every((cell) => !cell)) write(this.area, "\n", start, end);
    else this.row(end, cells(text).length);
    return true;
  }

  /** To the next or the former cell; behind the last one a new row; before the first one, out. */
  step(back) {
    const { value, selectionStart: at } = this.area;
    const all = this.cellsAround(at);
    const here = all.findIndex(([from, to]) => at >= from && at <= to);
    const next = all[here + (back ? -1 : 1)];
    if (next) {
      this.area.setSelectionRange(...next);
      return true;
    }
    if (back || here < 0) return false;
    const { end, text } = lines(this.area);
    if (cells(text).every((cell) => !cell)) return false; // an empty last row: Tab leaves
    this.row(value.indexOf("\n", at) < 0 ? value.length : end, cells(text).length);
    return true;
  }

  /** [from, to] of the words in every cell of the table around a place. */
  cellsAround(at) {
    const all = this.area.value.split("\n");
    let start = 0;
    const rows = all.map((text) => { const row = { text, start }; start += text.length + 1; return row; });
    const here = rows.findLastIndex((row) => row.start <= at);
    let first = here;
    let last = here;
    while (first > 0 && isRow(rows[first - 1].text)) first -= 1;
    while (last < rows.length - 1 && isRow(rows[last + 1].text)) last += 1;
    return rows.slice(first, last + 1).filter((row) => !isRule(row.text)).flatMap((row) => Table.spans(row));
  }

  static spans({ text, start }) {
    const bars = [...text.matchAll(/(?<!\\)\|/g)].map((found) => found.index);
    return bars.slice(0, -1).map((bar, place) => {
      const inner = text.slice(bar + 1, bars[place + 1]);
      const words = inner.trim();
      const from = start + bar + 1 + (words ? inner.indexOf(words) : Math.min(1, inner.length));
      return [from, from + words.length];
    });
  }

  /** Cells between tabs, as a spreadsheet copies them: at least two rows of two. */
  static fits(words) {
    const rows = words.replace(/\r?\n$/, "").split(/\r?\n/);
    const count = rows[0].split("\t").length;
    return rows.length > 1 && count > 1 && rows.every((row) => row.split("\t").length === count);
  }

  static from(words) {
    const rows = words.replace(/\r?\n$/, "").split(/\r?\n/).map((row) => row.split("\t").map((cell) => cell.trim().replaceAll("|", "\\|")));
    const line = (row) => `| ${row.join(" | ")} |`;
    return [line(rows[0]), `|${"---|".repeat(rows[0].length)}`, ...rows.slice(1).map(line), ""].join("\n");
  }
}
