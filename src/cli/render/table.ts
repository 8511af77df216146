import { padTo, textWidth, wrapText } from "./text-width.ts";

/** Lines of a table: columns as wide as their widest cell, two spaces between. The last column is not filled up. */
export function table(rows: readonly (readonly string[])[], indent = ""): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => textWidth(row[column] ?? ""))),
  );
  return rows.map((row) =>
    `${indent}${row.map((cell, column) => padTo(cell, column === row.length - 1 ? 0 : widths[column]!)).join("  ")}`.trimEnd(),
  );
}

/** The same within a width: the last columns, where they do not fit, stand below their row and further in. */
export function tableWithin(rows: readonly (readonly string[])[], width: number, indent = ""): string[] {
  const most = Math.max(0, ...rows.map((row) => row.length));
  for (let columns = most; columns > 1; columns -= 1) {
    const lines = table(
      rows.map((row) => row.slice(0, columns)),
      indent,
    );
    if (columns > 2 && lines.some((line) => textWidth(line) > width)) continue;
    return rows.flatMap((row, index) => [lines[index]!, ...below(row.slice(columns), width, `${indent}    `)]);
  }
  return table(rows, indent);
}

function below(cells: readonly string[], width: number, indent: string): string[] {
  const text = cells.filter((cell) => cell !== "").join(", ");
  return text === "" ? [] : wrapText(text, width - indent.length).map((part) => `${indent}${part}`);
}

/** A text within a width behind a mark; what does not fit stands below its beginning. */
export function hanging(mark: string, text: string, width: number, indent = "  "): string[] {
  const inner = `${indent}${" ".repeat(textWidth(mark) + 1)}`;
  return wrapText(text, width - inner.length).map((part, index) =>
    index === 0 ? `${indent}${mark} ${part}` : `${inner}${part}`,
  );
}
