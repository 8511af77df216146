import { relative } from "node:path";
import type { Failure, Location } from "../../errors/failure.ts";
import { count } from "../../errors/quantities.ts";
import { marks } from "./marks.ts";
import { type Palette, palette } from "./palette.ts";
import { safeLine, safeText } from "./safe-text.ts";
import { textWidth } from "./text-width.ts";

export interface FailureStyle {
  readonly color: boolean;
  readonly columns: number;
  /** File names below it are shown relative to it. */
  readonly cwd: string;
}

/** Lines of a cause that are shown: the beginning says what it is, the end is the evidence. */
const causeHead = 4;
const causeTail = 16;

/** All failures, one after the other, then how many there are. Ends in a line feed. */
export function renderFailures(failures: readonly Failure[], style: FailureStyle): string {
  const colors = palette(style.color);
  const blocks = failures.map((failure) => renderFailure(failure, style).join("\n"));
  const total = `${colors.bad(marks.failed)} ${count(failures.length, "problem")}`;
  return `${[...blocks, ...(failures.length > 1 ? [total] : [])].join("\n\n")}\n`;
}

/** The lines of one failure. */
function renderFailure(failure: Failure, style: FailureStyle): string[] {
  const colors = palette(style.color);
  const [message = "", ...more] = safeText(failure.message).split("\n");
  return [
    `${colors.bad(`error[${failure.code}]`)}: ${colors.strong(message)}`,
    ...more.map((line) => `  ${line}`),
    ...(failure.location === undefined ? [] : locationLines(failure.location, style, colors)),
    ...causeLines(failure.cause, colors),
    ...hintLines(failure.hint, colors),
  ];
}

/** `file:line:column` as terminals and editors can open it. */
export function showLocation(location: Location, cwd: string): string {
  return `${showPath(location.file, cwd)}:${location.line}:${location.column}`;
}

export function showPath(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return safeLine(path === "" || path.startsWith("..") ? file : path);
}

function locationLines(location: Location, style: FailureStyle, colors: Palette): string[] {
  const lines = [`  ${colors.faint("at")} ${showLocation(location, style.cwd)}`];
  if (location.source === undefined) return lines;
  const number = String(location.line);
  const gutter = " ".repeat(number.length);
  const { source, before, underlined } = excerpt(location, style.columns - number.length - 7);
  return [
    ...lines,
    `  ${gutter} ${colors.faint("|")}`,
    `  ${colors.faint(`${number} |`)} ${source}`,
    `  ${gutter} ${colors.faint("|")} ${" ".repeat(before)}${colors.bad("~".repeat(underlined))}`,
  ];
}

/** The part of the source line around the problem that fits, and where to underline it (in cells). */
function excerpt(location: Location, width: number): { source: string; before: number; underlined: number } {
  const whole = location.source ?? "";
  const start = Math.min(location.column - 1, whole.length);
  const end = Math.min(start + Math.max(1, location.length ?? 1), Math.max(whole.length, start + 1));
  const room = Math.max(20, width);
  const first = whole.length <= room ? 0 : Math.max(0, Math.min(start - Math.floor(room / 3), whole.length - room));
  const last = Math.min(whole.length, first + room);
  const head = safeLine(whole.slice(first, start));
  const marked = safeLine(whole.slice(start, Math.min(end, last)));
  const cutBefore = first > 0 ? "…" : "";
  return {
    source: `${cutBefore}${head}${marked}${safeLine(whole.slice(Math.min(end, last), last))}${last < whole.length ? "…" : ""}`,
    before: cutBefore.length + textWidth(head),
    underlined: Math.max(1, textWidth(marked)),
  };
}

function causeLines(cause: string | undefined, colors: Palette): string[] {
  if (cause === undefined || cause.trim() === "") return [];
  const lines = bounded(safeText(cause).trimEnd().split("\n"));
  return lines.map((line) => `  ${colors.faint("|")} ${line}`.trimEnd());
}

/** The first and the last lines of a long text, and how many were left out between them. */
function bounded(lines: readonly string[], head = causeHead, tail = causeTail): readonly string[] {
  const left = lines.length - head - tail;
  if (left <= 1) return lines;
  return [...lines.slice(0, head), `… ${left} lines left out`, ...lines.slice(-tail)];
}

function hintLines(hint: string | undefined, colors: Palette): string[] {
  if (hint === undefined) return [];
  const [first = "", ...more] = safeText(hint).trimEnd().split("\n");
  return [`  ${colors.active("hint:")} ${first}`, ...more.map((line) => `        ${line}`)];
}
