import { failed, ok, type Result } from "../../errors/result.ts";
import { changeLines } from "./change-lines.ts";

/** Which lines of a log are asked for. */
export interface Wanted {
  /** "10m" (ago) or an ISO time; without a zone it is this machine's. */
  readonly since?: string | undefined;
  /** Texts of which a line has one, case and all; any line does when there are none. */
  readonly grep?: readonly string[] | undefined;
}

/** When lines that tell no time themselves were written: milliseconds since 1970, as far as is known. */
export interface Span {
  readonly from?: number | undefined;
  readonly until?: number | undefined;
}

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const ago = /^(\d{1,9})([smhd])$/;
const isoTime = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours may stand before the time
const colors = /\u001b\[[0-9;:]*m/g;
const label = /^[\w.-]+ \| /;
const leading = /^[[(]?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)/;
const timeKeys = ["time", "timestamp", "@timestamp", "ts"] as const;

/**
 * Lets lines through that were asked for. A log keeps no times of its own: a line's time is the one that it begins with, or
 * the one in its JSON; a line without one belongs to the line before. Where nothing tells the time, the line is let through
 * and counted: what is asked for is never left out on a guess.
 */
export class Sieve {
  readonly #since: number | undefined;
  readonly #needles: readonly string[];
  readonly #last = new Map<string, number>();
  readonly #heard = new Set<string>();
  #untimed = 0;

  constructor(since: number | undefined, needles: readonly string[]) {
    this.#since = since;
    this.#needles = needles.map((needle) => Buffer.from(needle).toString("latin1"));
  }

  /** Whether it may hold anything back. */
  get isOpen(): boolean {
    return this.#since === undefined && this.#needles.length === 0;
  }

  /** How many lines went through although nothing tells when they were written. */
  get untimed(): number {
    return this.#untimed;
  }

  /** All that was written, byte for byte what is left of it. */
  bytes(bytes: Uint8Array, span: Span): Uint8Array {
    return this.#through(bytes, (line) => this.#takes(line, span));
  }

  /** Whole lines as instances write them. Given `now`, all but the first ones of an instance are written now. */
  lines(bytes: Uint8Array, now?: number): Uint8Array {
    const began = new Set(this.#heard);
    return this.#through(bytes, (line) => {
      const from = labelOf(line);
      this.#heard.add(from);
      if (now === undefined || !began.has(from)) return this.#takes(line, {});
      this.#last.delete(from);
      return this.#takes(line, { from: now, until: now });
    });
  }

  #through(bytes: Uint8Array, takes: (line: string) => boolean): Uint8Array {
    return this.isOpen ? bytes : changeLines(bytes, (lines) => lines.filter(takes));
  }

  #takes(line: string, span: Span): boolean {
    const [age, needles] = [this.#age(line, span), this.#needles];
    if (age === "older" || !(needles.length === 0 || needles.some((needle) => line.includes(needle)))) return false;
    if (age === "unknown") this.#untimed++;
    return true;
  }

  #age(line: string, { from, until }: Span): "older" | "wanted" | "unknown" {
    if (this.#since === undefined) return "wanted";
    const key = labelOf(line);
    const time = timeOf(line) ?? this.#last.get(key);
    if (time !== undefined) {
      this.#last.set(key, time);
      return time < this.#since ? "older" : "wanted";
    }
    if (until !== undefined && until < this.#since) return "older";
    return from !== undefined && from >= this.#since ? "wanted" : "unknown";
  }
}

/** A sieve for what is asked for; what cannot be meant is `bad-arguments`. */
export function sieveOf({ since, grep = [] }: Wanted, now: number): Result<Sieve> {
  const time = since === undefined ? undefined : sinceOf(since, now);
  if (Number.isNaN(time)) {
    const hint = "Say how long ago (30s, 10m, 2h, 3d) or when: 2026-01-31T12:00:00Z";
    return failed({ code: "bad-arguments", message: `--since is not a time: "${since}"`, hint });
  }
  if (grep.some((needle) => /[\r\n]/.test(needle))) {
    const hint = "To match any of several texts, give --grep several times.";
    return failed({ code: "bad-arguments", message: "--grep matches within a line: its text cannot span two", hint });
  }
  return ok(new Sieve(time, grep));
}

/** `("10m", now)` → ten minutes before now; NaN for what is no time. */
export function sinceOf(text: string, now: number): number {
  const [, amount, unit] = ago.exec(text) ?? [];
  if (unit !== undefined) return now - Number(amount) * units[unit as keyof typeof units];
  if (!isoTime.test(text)) return Number.NaN;
  return read(text.length === 10 ? `${text}T00:00` : text);
}

function read(time: string): number {
  return Date.parse(time.replace(" ", "T").replace(",", "."));
}

function labelOf(line: string): string {
  return label.exec(line)?.[0] ?? "";
}

function timeOf(line: string): number | undefined {
  const text = line.replace(label, "").replace(colors, "").trimStart();
  const found = leading.exec(text)?.[1];
  const time = found === undefined ? timeInJson(text) : read(found);
  return time === undefined || Number.isNaN(time) ? undefined : time;
}

function timeInJson(text: string): number | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const record = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const time = timeKeys.map((key) => record[key]).find((value) => value !== undefined);
    if (typeof time === "string") return read(time);
    // Seconds since 1970 have ten digits, milliseconds thirteen.
    if (typeof time === "number") return time < 1e11 ? time * 1000 : time;
  } catch {
    // It only looks like JSON.
  }
  return undefined;
}
