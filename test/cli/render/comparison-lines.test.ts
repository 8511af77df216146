import { expect, test } from "vitest";
import { comparisonLines } from "../../../src/cli/render/lines/comparison-lines.ts";
import { palette } from "../../../src/cli/render/palette.ts";
import { textWidth } from "../../../src/cli/render/text-width.ts";
import type { Look, PastComparison } from "../../../src/rollout/past-comparison.ts";

const look = (at: number, failed: number, evidence: number): Look => ({
  at: at * 2_000,
  candidate: { requests: 20, errors: failed },
  baseline: { requests: 180, errors: at % 9 === 4 ? 1 : 0 },
  evidence,
});

const past = (looks: readonly Look[], more: readonly Look[] = []) =>
  ({
    rules: { alpha: 0.01, tolerance: 1, guarded: false },
    shares: [
      { step: 2, share: 0.1, looks, verdicts: [] },
      ...(more.length === 0 ? [] : [{ step: 4, share: 0.5, looks: more, verdicts: [] }]),
    ],
  }) as unknown as PastComparison;

test("a comparison is drawn as it went, with figures that say what the bars show, without colour", () => {
  const first = Array.from({ length: 6 }, (_, at) => look(at, 0, 0));
  const second = Array.from({ length: 4 }, (_, at) => look(6 + at, at * 2, at * 1.6));
  expect(comparisonLines(past(first, second), palette(false))).toEqual([
    "the comparison: 10 looks in 18.0 s, 1 a column",
    "  share     ▁▁▁▁▁▁▅▅▅▅  10 %, 50 %",
    "  new              ▃▆█  failed, at most 30 %",
    "  old           ▁       failed, at most 0.6 %",
    "  evidence         ▃▆█  122 of 100 against it",
  ]);
});

test("many looks share columns, so that no line is wider than a terminal; nothing counted is nothing drawn", () => {
  const lines = comparisonLines(
    past(Array.from({ length: 900 }, (_, at) => look(at, at % 20, at / 200))),
    palette(false),
  );
  expect(lines[0]).toMatch(/^the comparison: 900 looks in .*, 21 a column$/);
  for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(80);
  expect(comparisonLines(past([]), palette(false))).toEqual([]);
});
