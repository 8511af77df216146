import type { Writer } from "../writer.ts";
import { textWidth } from "./text-width.ts";

/** Longer lines are data that nobody reads word by word. */
const mostCharacters = 10_000;
/** Nothing is squeezed into less than this beside what a line begins with. */
const narrowest = 24;

/** Where a line may be broken: the spaces from `start` to `end`. */
interface Gap {
  readonly start: number;
  readonly end: number;
  /** What the broken line ends with, so that it can still be pasted. */
  readonly suffix?: string;
  /** What begins here gets a line of its own. */
  readonly isForced?: boolean;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The terminal of a person, through which all renderers write: no line is broken inside a word. What is no terminal, and
 * whatever has to arrive as it is, goes on unchanged.
 */
export function foldingWriter(out: Writer): Writer {
  if (!out.isTTY) return out;
  const write: Writer["write"] = (text) => out.write(typeof text === "string" ? foldText(text, out.columns) : text);
  return Object.create(out, Object.getOwnPropertyDescriptors({ write }));
}

/**
 * Text for people in lines of at most `width` cells. Lines break between words only, and what follows stands below their
 * text, not below their mark, label or first column. What may be copied stays whole: a word of any length (a path, an
 * address), what is quoted, a command. A command that is longer than a line continues as shells have it, behind ` \`.
 * Colours stay; other escape sequences must not be in it.
 */
export function foldText(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => foldLine(line, width).join("\n"))
    .join("\n");
}

/** The same for one line. */
export function foldLine(line: string, width: number): string[] {
  if (line.length > mostCharacters || textWidth(line) <= width) return [line];
  const { plain, raw } = withoutColors(line);
  const lead = leadOf(plain, width);
  const hanging = textWidth(lead.hanging);
  const room = width - hanging;
  const ahead = textWidth(plain.slice(0, lead.end)) - hanging;
  const lines: string[] = [];
  let before = raw(0, lead.end);
  let start = lead.end;
  for (const gap of chosen(plain, start, gapsOf(plain, start, room), room, ahead)) {
    lines.push(`${before}${raw(start, gap.start)}${gap.suffix ?? ""}${colorsIn(raw(gap.start, gap.end))}`);
    before = lead.hanging;
    start = gap.end;
  }
  return [...lines, `${before}${raw(start, plain.length)}`];
}

/**
 * The gaps at which lines of `room` cells end: as late as they fit; a word that is longer has a line to itself. The first
 * line has `ahead` fewer.
 */
function chosen(plain: string, start: number, gaps: readonly Gap[], room: number, ahead: number): Gap[] {
  const found: Gap[] = [];
  let last: { readonly gap: Gap; readonly after: number } | undefined;
  let [at, cells, lineStart] = [start, ahead, 0];
  for (const gap of [...gaps, { start: plain.length, end: plain.length } satisfies Gap]) {
    cells += textWidth(plain.slice(at, gap.start));
    if (last !== undefined && cells - lineStart + (gap.suffix?.length ?? 0) > room) {
      found.push(last.gap);
      lineStart = last.after;
    }
    cells += textWidth(plain.slice(gap.start, gap.end));
    at = gap.end;
    if (gap.isForced) {
      found.push(gap);
      lineStart = cells;
    }
    last = gap.isForced ? undefined : { gap, after: cells };
  }
  return found;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const color = /\u001b\[[0-9;:]*m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const coloredCharacter = /(?:\u001b\[[0-9;:]*m)*(?:[^\u001b]|$|\u001b)/gsu;

function colorsIn(text: string): string {
  return (text.match(color) ?? []).join("");
}

/** A line as it is seen, and what of the line as it is written stands for a part of that. */
function withoutColors(line: string): { plain: string; raw: (start: number, end: number) => string } {
  const offsets: number[] = [];
  let plain = "";
  let at = 0;
  for (const [part = ""] of line.matchAll(coloredCharacter)) {
    const seen = part.replaceAll(color, "");
    for (let index = 0; index < seen.length; index += 1) offsets.push(at + (index === 0 ? 0 : part.length - 1));
    plain += seen;
    at += part.length;
  }
  const raw = (start: number, end: number) =>
    line.slice(offsets[start] ?? line.length, end >= plain.length ? line.length : offsets[end]);
  return { plain, raw };
}

/** What a line begins with, and what its continuations begin with. */
function leadOf(plain: string, width: number): { end: number; hanging: string } {
  const [gutter] = /^\s*(?:\S{1,40} +)?[|│] /.exec(plain) ?? [];
  const [failure] = /^\s*\w+\[[\w-]+\]: /.exec(plain) ?? [];
  const [label = ""] = /^\s*(?:hint: |[^\p{L}\p{N}\s"'`<[({/.|~$]+ +)?/u.exec(plain) ?? [];
  const [columns = ""] = /^.*\S {2,}(?=\S)/.exec(plain.slice(0, Math.floor(width * 0.6))) ?? [];
  const indent = plain.length - plain.trimStart().length;
  if (failure !== undefined) return fitting(failure.length, " ".repeat(indent + 2), width);
  if (gutter !== undefined) return fitting(gutter.length, gutter.replaceAll(/[^|│]/gu, " "), width);
  const end = Math.max(indent, label.length, columns.length);
  const isCommand = command.test(plain.slice(end));
  const further = isCommand ? 4 : end === 0 ? 2 : 0;
  return fitting(end, " ".repeat(textWidth(plain.slice(0, end)) + further), width);
}

function fitting(end: number, hanging: string, width: number): { end: number; hanging: string } {
  return width - hanging.length < narrowest ? { end, hanging: "" } : { end, hanging };
}

const program =
  "(?:npx|npm|pnpm|yarn|bun|node|tidegate|git|apt-get|sudo|kill|rm|mv|cd|sops|vault|ss|fuser|useradd|docker|kubectl|pip|uv|pg_restore)";
const command = new RegExp(`^${program} `);
/** A command that something introduces, or that is Tidegate's: to where the sentence goes on. */
const commands = new RegExp(
  `(?:(?<=^\\s*|: |\`|\\()${program}|(?<=^|\\s)tidegate) .+?(?= {2}|\`|, |; |\\. |\\)| \\(| or: |\\.?$)`,
  "g",
);
const quoted = /`[^`]+`|"[^"]+"|“[^”]+”|\[[^\][]+\]|(?<=^|\s)\/\/ .*$/g;

function gapsOf(plain: string, from: number, room: number): Gap[] {
  const rest = plain.slice(from);
  const found = [...rest.matchAll(commands)].map((match) => spanOf(match, from));
  const isLong = ({ start, end }: Span) => textWidth(plain.slice(start, end)) > room;
  const long = found.filter((span) => isLong(span) && isPasted(plain, span, from));
  const short = [...[...rest.matchAll(quoted)].map((match) => spanOf(match, from)), ...found].filter(
    (span) => !isLong(span) && !long.some((one) => one.start < span.end && span.start < one.end),
  );
  const whole = [...short, ...long.flatMap((span) => quotedIn(plain, span))];
  return [...rest.matchAll(/\s+/g)]
    .map((match) => spanOf(match, from))
    .filter((gap) => !whole.some(({ start, end }) => start <= gap.start && gap.end <= end))
    .map((gap) => {
      const inside = long.some(({ start, end }) => start < gap.start && gap.end < end);
      const isForced = long.some(({ start }) => start === gap.end);
      return { ...gap, ...(inside && { suffix: " \\" }), ...(isForced && { isForced }) };
    });
}

/** Whether a shell takes it as it stands: forms with `<names>` and `[options]` are only read. */
function isPasted(plain: string, { start, end }: Span, from: number): boolean {
  const before = plain.slice(0, start);
  const isIntroduced = start === from || /(?:: |`)$/.test(before);
  return isIntroduced && !/[|│] /.test(before) && !/[<[…]/.test(plain.slice(start, end));
}

/** The quoted words of a command: a line feed in one of them would be part of it. */
function quotedIn(plain: string, { start, end }: Span): Span[] {
  return [...plain.slice(start, end).matchAll(/'[^']*'|"[^"]*"/g)].map((match) => spanOf(match, start));
}

function spanOf({ index, 0: text }: RegExpExecArray, from: number): Span {
  return { start: from + index, end: from + index + text.length };
}
