import { padTo, textWidth } from "./text-width.ts";

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
