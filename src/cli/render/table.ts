import type { Writer } from "../writer.ts";
import { padTo, textWidth, truncate, wrapText } from "./text-width.ts";

/**
 * How wide lines may be: what is no terminal takes lines of any length, so that nothing is cut or folded for a program or a
 * file.
 */
export function widthOf({ isTTY, columns }: Pick<Writer, "isTTY" | "columns">): number {
  return isTTY ? columns : Number.POSITIVE_INFINITY;
}

/** No column is made narrower than this for the sake of the width. */
const narrowest = 6;
const gap = 2;

/**
 * Lines of a table of cells without escape sequences: columns as wide as their widest cell, two spaces between. The last
 * column is not filled up. Where that is more than `width`, the widest columns are shortened, with "…" in the cells that
 * were; never the first, by which a row is known.
 */
export function table(rows: readonly (readonly string[])[], indent = "", width = Number.POSITIVE_INFINITY): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const wanted = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => textWidth(row[column] ?? ""))),
  );
  const widths = shortened(wanted, width - indent.length - gap * (columns - 1));
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const shown = widths[column] === wanted[column] ? cell : truncate(cell, widths[column]!);
      return padTo(shown, column === row.length - 1 ? 0 : widths[column]!);
    });
    return `${indent}${cells.join("  ")}`.trimEnd();
  });
}

/** 20, 30, 12 in 50 → 20, 18, 12; in 40 → 20, 10, 10. */
function shortened(wanted: readonly number[], room: number): number[] {
  const widths = [...wanted];
  let excess = widths.reduce((sum, one) => sum + one, 0) - room;
  while (excess > 0) {
    const widest = Math.max(...widths.slice(1));
    if (!(widest > narrowest)) break;
    widths[widths.indexOf(widest, 1)] = widest - 1;
    excess -= 1;
  }
  return widths;
}

/** The same within a width: the last columns, where they do not fit, stand below their row and further in. */
export function tableWithin(rows: readonly (readonly string[])[], width: number, indent = ""): string[] {
  const most = Math.max(0, ...rows.map((row) => row.length));
  for (let columns = most; columns > 1; columns -= 1) {
    const shown = rows.map((row) => row.slice(0, columns));
    if (columns > 2 && table(shown, indent).some((line) => textWidth(line) > width)) continue;
    const lines = table(shown, indent, width);
    return rows.flatMap((row, index) => [lines[index]!, ...below(row.slice(columns), width, `${indent}    `)]);
  }
  return table(rows, indent, width);
}

function below(cells: readonly string[], width: number, indent: string): string[] {
  const text = cells.filter((cell) => cell !== "").join(", ");
  const room = width - indent.length;
  return text === "" ? [] : wrapText(text, room).map((part) => `${indent}${truncate(part, room)}`);
}

/** A text within a width behind a mark; what does not fit stands below its beginning. */
export function hanging(mark: string, text: string, width: number, indent = "  "): string[] {
  const inner = `${indent}${" ".repeat(textWidth(mark) + 1)}`;
  return wrapText(text, width - inner.length).map((part, index) =>
    index === 0 ? `${indent}${mark} ${part}` : `${inner}${part}`,
  );
}
