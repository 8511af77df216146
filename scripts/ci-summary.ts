/**
 * Prints `N passed, N failed` for Vitest's JSON report and the demos, and ends with 1 when anything failed.
 * Arguments: the report, then `demo=passed`, `check=failed` and the like.
 */
import { readFileSync } from "node:fs";
import { summarise } from "./ci/summary.ts";

const [report = "", ...results] = process.argv.slice(2);
const steps = results.map((result) => {
  const [name = "", outcome] = result.split("=");
  return { name, passed: outcome === "passed" };
});
const { passed, failed, skipped } = summarise(read(report), steps);
const skips = skipped === 0 ? "" : `, ${skipped} skipped`;
console.log(`${passed} passed, ${failed} failed${skips}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function read(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
