import type { CoverageMinimum } from "../definition/types.ts";
import type { Failure } from "../errors/failure.ts";
import type { Covered } from "../events/event.ts";
import type { Coverage, CoverageMetric } from "./coverage.ts";

const metrics: readonly CoverageMetric[] = ["lines", "branches", "functions"];
const shownFiles = 5;

/** The failure of a task whose tests reach less than it demands: each figure, and the files that lack most. */
export function coverageFailure(
  task: string,
  coverage: Coverage,
  minimum: CoverageMinimum | undefined,
): Failure | undefined {
  const demanded = typeof minimum === "number" ? { lines: minimum } : (minimum ?? {});
  const figures = coverage.figures();
  const short = metrics.filter((metric) => isBelow(figures[metric], demanded[metric]));
  const [first] = short;
  if (first === undefined) return undefined;
  const shown = short.map((metric) => `${showCovered(figures[metric])} of ${metric}, not ${demanded[metric]} %`);
  const worst = coverage.worst(first, shownFiles);
  const lines = worst.map((file) => `${file.file}: ${showCovered(file)}, ${file.total - file.covered} ${first} missed`);
  return {
    code: "coverage-below",
    message: `The tests of task "${task}" cover ${shown.join(", and ")}`,
    ...(lines.length > 0 && { cause: lines.join("\n") }),
    hint: "Test what is missing, or lower `minimum` in `reports.coverage`.",
  };
}

/** What nobody measured is not enough. */
function isBelow({ covered, total }: Covered, minimum: number | undefined): boolean {
  if (minimum === undefined || minimum === 0) return false;
  return total === 0 || covered * 100 < minimum * total;
}

/** Never rounded up: 84.996 % is not 85 %. */
function showCovered({ covered, total }: Covered): string {
  if (total === 0) return "none";
  return `${Math.floor((covered * 10_000) / total) / 100} %`;
}
