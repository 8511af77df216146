import {
  type Dimension,
  dimensions,
  type ParityColumn,
  type ParityReport,
  type ParityRow,
} from "../../../environment/parity/report.ts";
import { count } from "../../../errors/quantities.ts";
import { marks } from "../marks.ts";
import type { Palette } from "../palette.ts";
import { hanging } from "../table.ts";
import { padTo, textWidth, truncate, wrapText } from "../text-width.ts";
import { mendingOf, showCell, showColumn, showVerdict } from "../words/parity.ts";

export interface ParityView {
  /** Equal rows too, and not only how many there are. */
  readonly all: boolean;
  /** Cells of the terminal. */
  readonly width: number;
}

/** The columns, a table for each dimension with something to tell, how many rows are equal, and how it stands. */
export function parityLines(report: ParityReport, view: ParityView, colors: Palette): string[] {
  const { columns, rows } = report;
  const names = Math.max(0, ...columns.map(({ name }) => textWidth(name)));
  const head = columns.map((one) => truncate(`${padTo(one.name, names)}  ${showColumn(one)}`, view.width));
  const shown = rows.filter((row) => view.all || row.verdict !== "equal");
  const groups = dimensions.flatMap((dimension) => {
    const own = shown.filter((row) => row.dimension === dimension);
    return own.length === 0 ? [] : ["", ...groupLines(dimension, own, columns, view, colors)];
  });
  return [...head, ...groups, "", ...foldedLines(rows, view, colors), ...outcomeLines(rows, view, colors)];
}

function groupLines(
  dimension: Dimension,
  rows: readonly ParityRow[],
  columns: readonly ParityColumn[],
  view: ParityView,
  colors: Palette,
): string[] {
  const used = columns.flatMap((_, at) => (rows.some(({ cells }) => cells[at]?.state !== "notCompared") ? [at] : []));
  const keys = Math.max(textWidth(dimension), ...rows.map(({ key }) => textWidth(key)));
  const texts = rows.map((row) => used.map((at) => showCell(row.cells[at]!, dimension)));
  const head = used.map((at) => columns[at]!.name);
  const most = Math.max(8, Math.floor((view.width - keys - 4) / used.length) - 2);
  const widths = head.map((name, at) =>
    Math.min(most, Math.max(textWidth(name), ...texts.map((row) => textWidth(row[at]!)))),
  );
  const cells = (row: readonly string[]) => row.map((text, at) => padTo(truncate(text, widths[at]!), widths[at]!));
  const line = (key: string, row: readonly string[]) => [padTo(key, keys), ...cells(row)].join("  ");
  return [
    `  ${colors.strong(line(dimension, head).trimEnd())}`,
    ...rows.flatMap((row, at) => [
      ...rowLines(row, line(row.key, texts[at]!), view.width, colors),
      ...mendingOf(row, columns).flatMap((hint) => wrapText(hint, view.width - 4).map((part) => `    ${part}`)),
    ]),
  ];
}

/** What is to say stands behind the cells where there is room, else below. */
function rowLines(row: ParityRow, cells: string, width: number, colors: Palette): string[] {
  const { mark, tone } = looks(row, colors);
  const words = showVerdict(row);
  if (words === "") return [`${tone(mark)} ${cells.trimEnd()}`];
  if (2 + textWidth(cells) + 2 + textWidth(words) <= width) return [`${tone(mark)} ${cells}  ${tone(words)}`];
  return [`${tone(mark)} ${cells.trimEnd()}`, ...wrapText(words, width - 4).map((part) => `    ${tone(part)}`)];
}

function looks({ verdict }: ParityRow, colors: Palette) {
  const plain = (text: string) => text;
  const looks = {
    equal: { mark: marks.hit, tone: plain },
    declared: { mark: marks.differs, tone: colors.faint },
    violation: { mark: marks.failed, tone: colors.bad },
    unknown: { mark: marks.warning, tone: colors.warn },
  } as const;
  return looks[verdict];
}

function foldedLines(rows: readonly ParityRow[], { all }: ParityView, colors: Palette): string[] {
  const equal = rows.filter(({ verdict }) => verdict === "equal").length;
  return all || equal === 0 ? [] : [colors.faint(`${marks.hit} ${equal} equal (--all shows them)`)];
}

/** How it stands, and what nobody knows by its name: that is neither equal nor a violation. */
function outcomeLines(rows: readonly ParityRow[], { width }: ParityView, colors: Palette): string[] {
  const of = (verdict: ParityRow["verdict"]) => rows.filter((row) => row.verdict === verdict).length;
  const [wrong, declared] = [of("violation"), of("declared")];
  const unknown = rows.filter(({ verdict }) => verdict === "unknown");
  const rest = [`${declared} declared`, ...(unknown.length === 0 ? [] : [`${unknown.length} unknown`])].join(", ");
  const which = unknown.map(({ dimension, key }) => (dimension === key ? key : `${key} (${dimension})`)).join(", ");
  const outcome =
    wrong > 0
      ? `${colors.bad(marks.failed)} ${count(wrong, "violation")}, ${rest}`
      : `${colors.good(marks.done)} equal except where declared${unknown.length > 0 ? ", as far as it is known" : ""}: ${rest}`;
  if (unknown.length === 0) return [outcome];
  return [outcome, ...hanging(colors.warn(marks.warning), `${unknown.length} unknown: ${which}`, width, "")];
}
