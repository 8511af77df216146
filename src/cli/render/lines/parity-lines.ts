import {
  type Dimension,
  dimensions,
  isCompared,
  isComparison,
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
  /** The environments that were asked for; `[]`: all. */
  readonly named: readonly string[];
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
  return [
    ...head,
    ...besideLines(report, view),
    ...groups,
    "",
    ...foldedLines(rows, view, colors),
    ...outcomeLines(report, view, colors),
  ];
}

/** Why there is a column that nobody asked for. */
function besideLines({ columns }: ParityReport, { named, width }: ParityView): string[] {
  const [name, ...others] = new Set(named);
  const before = columns.find((one) => one.basis !== "machine" && one.name !== name);
  if (name === undefined || others.length > 0 || before === undefined) return [];
  const self = columns.find((one) => one.name === name);
  const why = self?.isPreview ? "was made like" : "comes after";
  return ["", ...wrapText(`${name} is compared with ${before.name}, which it ${why}`, width)];
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

function looks(row: ParityRow, colors: Palette) {
  const plain = (text: string) => text;
  const looks = {
    equal: { mark: isCompared(row) ? marks.hit : marks.skipped, tone: plain },
    declared: { mark: marks.differs, tone: colors.faint },
    violation: { mark: marks.failed, tone: colors.bad },
    unknown: { mark: marks.warning, tone: colors.warn },
  } as const;
  return looks[row.verdict];
}

function foldedLines(rows: readonly ParityRow[], { all }: ParityView, colors: Palette): string[] {
  const folded = rows.filter(({ verdict }) => verdict === "equal");
  if (all || folded.length === 0) return [];
  const equal = folded.filter(isCompared).length;
  const alone = folded.length - equal;
  const parts = [
    equal === 0 ? [] : `${marks.hit} ${equal} equal`,
    alone === 0 ? [] : `${marks.skipped} ${alone} in one column alone`,
  ].flat();
  return [colors.faint(`${parts.join(", ")} (--all shows them)`)];
}

/** How it stands, and what nobody knows by its name: that is neither equal nor a violation. */
function outcomeLines(report: ParityReport, { width }: ParityView, colors: Palette): string[] {
  const { columns, rows } = report;
  const of = (verdict: ParityRow["verdict"]) => rows.filter((row) => row.verdict === verdict).length;
  const [wrong, declared] = [of("violation"), of("declared")];
  const unknown = rows.filter(({ verdict }) => verdict === "unknown");
  const rest = [`${declared} declared`, ...(unknown.length === 0 ? [] : [`${unknown.length} unknown`])].join(", ");
  const which = unknown.map(({ dimension, key }) => (dimension === key ? key : `${key} (${dimension})`)).join(", ");
  const known = unknown.length > 0 ? ", as far as is known" : "";
  const kept = `${colors.good(marks.done)} equal except where declared${known}: ${rest}`;
  const outcome = wrong > 0 ? [`${colors.bad(marks.failed)} ${count(wrong, "violation")}, ${rest}`] : [kept];
  const warn = (text: string) => hanging(colors.warn(marks.warning), text, width, "");
  return [
    ...(isComparison(report) ? outcome : [...(wrong > 0 ? outcome : []), ...warn(notCompared(columns))]),
    ...(unknown.length === 0 ? [] : warn(`${unknown.length} unknown: ${which}`)),
  ];
}

function notCompared(columns: readonly ParityColumn[]): string {
  const name = columns.find(({ basis }) => basis !== "machine")?.name ?? "ENVIRONMENT";
  return `not compared with another environment: ${name} does not come after one. Name two: tidegate parity ${name} OTHER`;
}
