import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readJunit } from "../../src/reports/junit.ts";
import { readTap } from "../../src/reports/tap.ts";
import type { ReadTests, TestResult } from "../../src/reports/test-result.ts";
import { tempFolder } from "../support/temp-folder.ts";

export interface ReadReport extends ReadTests {
  readonly tests: readonly TestResult[];
}

export function sample(name: string): string {
  return join(import.meta.dirname, "samples", name);
}

export function reportOf(path: string): ReadReport {
  const tests: TestResult[] = [];
  const read = path.endsWith(".tap") ? readTap : readJunit;
  return { ...read(path, (test) => tests.push(test)), tests };
}

/** Reads a report that is written here. */
export function reportIn(text: string | Uint8Array, name = "report.xml"): ReadReport {
  const folder = tempFolder({ [name]: "" });
  writeFileSync(join(folder, name), text);
  return reportOf(join(folder, name));
}

/** Each test in a line: `✔ name`, `✘ name (file:line): message`, `– name`, with `~` when it is flaky. */
export function lines({ tests }: ReadReport): string[] {
  const marks = { passed: "✔", failed: "✘", skipped: "–" };
  return tests.map(({ result, name, place, message, flaky }) => {
    const where = place === undefined ? "" : ` (${place.file}${place.line === undefined ? "" : `:${place.line}`})`;
    const why = result === "failed" ? `: ${message.split("\n")[0]}` : "";
    return `${marks[result]}${flaky ? "~" : ""} ${name}${where}${why}`;
  });
}
