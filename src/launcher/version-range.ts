/** Major, minor, patch. */
type Version = readonly [number, number, number];

/** Versions from `low` on, below `high`. */
interface Span {
  readonly low: Version;
  readonly high?: Version | undefined;
}

const zero: Version = [0, 0, 0];

/** `v20.11.1` → 20.11.1; anything but a whole version without additions: `undefined`. */
export function plainVersion(text: string): string | undefined {
  return /^v?(\d+\.\d+\.\d+)$/.exec(text.trim())?.[1];
}

/** Whether a plain version is in a range of npm's grammar. A range that is none has no versions. */
export function satisfies(version: string, range: string): boolean {
  const one = versionOf(version);
  return one !== undefined && (spansOf(range) ?? []).some((spans) => spans.every((span) => isIn(one, span)));
}

/** Whether a text is a range of npm's grammar, tags and pre-releases apart. */
export function isRange(text: string): boolean {
  return spansOf(text) !== undefined;
}

/** Newest first; both plain. */
export function newestFirst(a: string, b: string): number {
  return compare(versionOf(b) ?? zero, versionOf(a) ?? zero);
}

function versionOf(text: string): Version | undefined {
  const plain = plainVersion(text);
  return plain === undefined ? undefined : (plain.split(".").map(Number) as unknown as Version);
}

function isIn(version: Version, { low, high }: Span): boolean {
  return compare(version, low) >= 0 && (high === undefined || compare(version, high) < 0);
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** One of the lists must hold, and of it every span. */
function spansOf(range: string): Span[][] | undefined {
  const lists = range.split("||").map(listOf);
  return lists.every((list) => list !== undefined) ? (lists as Span[][]) : undefined;
}

const hyphen = /^\s*(\S+)\s+-\s+(\S+)\s*$/;

function listOf(text: string): Span[] | undefined {
  const [, from, to] = hyphen.exec(text) ?? [];
  const tight = text.trim().replaceAll(/([<>=^~])\s+/g, "$1");
  const words = from !== undefined && to !== undefined ? [`>=${from}`, `<=${to}`] : tight.split(/\s+/);
  const spans = words.map(spanOf);
  return spans.every((span) => span !== undefined) ? (spans as Span[]) : undefined;
}

const comparator = /^(>=|<=|>|<|=|\^|~>?)?v?(\d+|[xX*])?(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?$/;

/** `^18.2` → from 18.2.0, below 19.0.0. */
function spanOf(word: string): Span | undefined {
  const match = comparator.exec(word);
  if (match === null) return undefined;
  const [, sign = "", ...texts] = match;
  const parts = partsOf(texts);
  if (parts.length === 0) return sign === "<" || sign === ">" ? { low: zero, high: zero } : { low: zero };
  const low = filled(parts);
  const next = raised(parts, parts.length - 1);
  switch (sign) {
    case ">=":
      return { low };
    case ">":
      return { low: next };
    case "<":
      return { low: zero, high: low };
    case "<=":
      return { low: zero, high: next };
    case "^":
      return { low, high: raised(parts, firstCounting(parts)) };
    case "~":
    case "~>":
      return { low, high: raised(parts, Math.min(1, parts.length - 1)) };
    default:
      return { low, high: next };
  }
}

/** The numbers before the first that is left open. */
function partsOf(texts: readonly (string | undefined)[]): number[] {
  const end = texts.findIndex((text) => text === undefined || !/^\d+$/.test(text));
  return texts.slice(0, end === -1 ? texts.length : end).map(Number);
}

function filled(parts: readonly number[]): Version {
  return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
}

function raised(parts: readonly number[], place: number): Version {
  return filled(parts.slice(0, place + 1).map((part, index) => (index === place ? part + 1 : part)));
}

/** The first that is not 0: below the next one of it nothing breaks. */
function firstCounting(parts: readonly number[]): number {
  const index = parts.findIndex((part) => part > 0);
  return index === -1 ? parts.length - 1 : index;
}
