import type { Coverage } from "./coverage.ts";
import { feedFile } from "./feed-file.ts";

const longestLine = 16_384;

/**
 * Adds an lcov report (`geninfo`'s format) to what is covered. What counts are the records of lines, branches and
 * functions, and not the totals it claims. A branch that was never evaluated (`-`) was not reached.
 *
 * @throws an error whose message says why the report cannot be read.
 */
export function readLcov(path: string, coverage: Coverage): void {
  const records = new LcovRecords(coverage);
  let rest = "";
  feedFile(path, (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > longestLine) throw new Error("It is no lcov report: one of its lines is too long");
    for (const line of lines) records.line(line.trimEnd());
  });
  records.line(rest.trimEnd());
  records.finish();
}

class LcovRecords {
  readonly #coverage: Coverage;
  #file: string | undefined;
  #isReport = false;

  constructor(coverage: Coverage) {
    this.#coverage = coverage;
  }

  line(line: string): void {
    if (line === "end_of_record") {
      this.#file = undefined;
      return;
    }
    const colon = line.indexOf(":");
    const kind = line.slice(0, colon);
    const value = line.slice(colon + 1);
    if (kind === "TN") this.#isReport = true;
    else if (kind === "SF") this.#open(value);
    else if (this.#file !== undefined) this.#count(this.#file, kind, value);
    else if (line !== "") throw new Error("It is no lcov report");
  }

  finish(): void {
    if (this.#file !== undefined) throw new Error(`It ends early: ${this.#file} has no end_of_record`);
    if (!this.#isReport) throw new Error("It is no lcov report: it tells of no file");
  }

  #open(file: string): void {
    if (this.#file !== undefined) throw new Error(`${this.#file} has no end_of_record`);
    this.#isReport = true;
    this.#file = file;
  }

  #count(file: string, kind: string, value: string): void {
    const coverage = this.#coverage;
    if (kind === "DA") {
      const [line = "", hits = ""] = value.split(",", 2);
      coverage.line(file, numberOf(line), numberOf(hits) > 0);
    } else if (kind === "BRDA") {
      const at = value.lastIndexOf(",");
      coverage.branch(file, value.slice(0, at), !/^(-|0+)$/.test(value.slice(at + 1)));
    } else if (kind === "FNDA") {
      const comma = value.indexOf(",");
      coverage.function(file, value.slice(comma + 1), numberOf(value.slice(0, comma)) > 0);
    }
  }
}

/** Some writers count below zero, or with a fraction, when counters overflow. */
function numberOf(text: string): number {
  const number = Number(text);
  if (text === "" || Number.isNaN(number)) throw new Error(`It is no lcov report: ${text.slice(0, 60)} is no number`);
  return number;
}
