import type { Coverage } from "./coverage.ts";
import { feedFile } from "./feed-file.ts";
import type { NameSource } from "./source-names.ts";

const longestLine = 16_384;

/**
 * Adds an lcov report (`geninfo`'s format, up to lcov 2.5) to what is covered. What counts are the records of lines,
 * branches and functions, and not the totals it claims. A branch that was never evaluated (`-`) was not reached; one that
 * the report calls unreachable does not count. Since lcov 2.2 a function may have several names: it is one function.
 *
 * @throws an error whose message says why the report cannot be read.
 */
export function readLcov(path: string, coverage: Coverage, nameOf: NameSource = (file) => file): void {
  const records = new LcovRecords(coverage, nameOf);
  let rest = "";
  feedFile(path, (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > longestLine) throw new Error("It is not an lcov report: one of its lines is too long");
    for (const line of lines) records.line(line.trimEnd());
  });
  records.line(rest.trimEnd());
  records.finish();
}

class LcovRecords {
  readonly #coverage: Coverage;
  readonly #nameOf: NameSource;
  #file: string | undefined;
  #isReport = false;
  /** Of the file, since lcov 2.2: what tells a function apart, by its number in the section. */
  readonly #leaders = new Map<string, string>();
  /** Of the file: how many functions begin in a line. */
  readonly #beginning = new Map<string, number>();

  constructor(coverage: Coverage, nameOf: NameSource) {
    this.#coverage = coverage;
    this.#nameOf = nameOf;
  }

  line(line: string): void {
    if (line.startsWith("#")) return;
    if (line === "end_of_record") {
      this.#file = undefined;
      return;
    }
    const colon = line.indexOf(":");
    const kind = colon === -1 ? "" : line.slice(0, colon);
    const value = line.slice(colon + 1);
    if (kind === "TN") return;
    if (kind === "SF") this.#open(value);
    else if (this.#file !== undefined) this.#count(this.#file, kind, value);
    else if (line !== "") throw new Error("It is not an lcov report");
  }

  finish(): void {
    if (this.#file !== undefined) throw new Error(`It ends early: ${this.#file} has no end_of_record`);
    if (!this.#isReport) throw new Error("It is not an lcov report: it reports no file");
  }

  #open(file: string): void {
    if (this.#file !== undefined) throw new Error(`${this.#file} has no end_of_record`);
    this.#isReport = true;
    this.#file = this.#nameOf(file);
    this.#leaders.clear();
    this.#beginning.clear();
  }

  #count(file: string, kind: string, value: string): void {
    const coverage = this.#coverage;
    if (kind === "DA") {
      const [line = "", hits = ""] = value.split(",", 2);
      coverage.line(file, numberOf(line), numberOf(hits) > 0);
    } else if (kind === "BRDA") this.#branch(file, value);
    else if (kind === "FN") {
      const name = /^\d+,(?:\d+,)?(.+)$/.exec(value)?.[1];
      if (name !== undefined) coverage.function(file, name, false);
    } else if (kind === "FNDA") {
      const comma = value.indexOf(",");
      coverage.function(file, value.slice(comma + 1), numberOf(value.slice(0, comma)) > 0);
    } else if (kind === "FNL") this.#leader(file, value);
    else if (kind === "FNA") this.#alias(file, value);
  }

  /** `line,[e|f][U]block,branch,taken`; the branch may be an expression with commas. */
  #branch(file: string, value: string): void {
    const [, line = "", flags = "", key = "", taken = ""] = /^(\d+),([ef]?U?)(.*),([^,]*)$/.exec(value) ?? [];
    if (line === "") throw new Error(`It is not an lcov report: ${value.slice(0, 60)} is not a branch`);
    if (!flags.endsWith("U")) this.#coverage.branch(file, `${line},${key}`, taken !== "-" && numberOf(taken) > 0);
  }

  /** `number,first line[,last line]`. The numbers are those of this report: the lines are the same in others. */
  #leader(file: string, value: string): void {
    const comma = value.indexOf(",");
    const first = String(numberOf(value.slice(comma + 1).split(",", 1)[0]!));
    const before = this.#beginning.get(first) ?? 0;
    this.#beginning.set(first, before + 1);
    const key = `:${first}:${before}`;
    this.#leaders.set(value.slice(0, comma), key);
    this.#coverage.function(file, key, false);
  }

  /** `number,hits,name`. */
  #alias(file: string, value: string): void {
    const [number = "", hits = ""] = value.split(",", 2);
    const key = this.#leaders.get(number);
    if (key === undefined) throw new Error(`It is not an lcov report: there is no function ${number.slice(0, 60)}`);
    this.#coverage.function(file, key, numberOf(hits) > 0);
  }
}

/** Some writers count below zero, or with a fraction, when counters overflow. */
function numberOf(text: string): number {
  const number = Number(text);
  if (text === "" || Number.isNaN(number))
    throw new Error(`It is not an lcov report: ${text.slice(0, 60)} is not a number`);
  return number;
}
