import { describe, expect, it } from "vitest";
import {
  assignFiles,
  keepAssignment,
  longestShard,
  type WeighedFile,
} from "../../src/test-history/shards/assign-files.ts";
import { rebalance } from "../../src/test-history/shards/shard-plan.ts";

const weighed = (durations: Readonly<Record<string, number | undefined>>): WeighedFile[] =>
  Object.entries(durations).map(([file, durationMs]) => (durationMs === undefined ? { file } : { file, durationMs }));

/** The same numbers each time. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

describe("test files among shards", () => {
  it("are divided longest first, as the worked example says", () => {
    const files = weighed({ a: 9, b: 7, c: 6, d: 5, e: 5 });
    const assignment = assignFiles(files, 2);
    expect(assignment).toEqual([
      ["a", "d"],
      ["b", "c", "e"],
    ]);
    expect(longestShard(assignment, files)).toBe(18);
  });

  it("are divided evenly when nothing is known, the same each time and in any order", () => {
    const names = Array.from({ length: 10 }, (_, number) => `test/${number}.test.ts`);
    const one = assignFiles(weighed(Object.fromEntries(names.map((name) => [name, undefined]))), 3);
    const other = assignFiles(weighed(Object.fromEntries(names.toReversed().map((name) => [name, undefined]))), 3);
    expect(one).toEqual(other);
    expect(one.map((part) => part.length)).toEqual([4, 3, 3]);
  });

  it("that are new count as the middle one", () => {
    expect(assignFiles(weighed({ a: 100, b: 100, new: undefined, c: 1 }), 2)).toEqual([
      ["a", "new"],
      ["b", "c"],
    ]);
  });

  it("are all in exactly one shard, none of which is empty nor longer than four thirds of what must be", () => {
    const random = randomNumbers(7);
    for (let round = 0; round < 200; round++) {
      const count = 1 + Math.floor(random() * 60);
      const shards = 1 + Math.floor(random() * 12);
      const files = Array.from({ length: count }, (_, number) => ({
        file: `f${number}`,
        durationMs: 1 + random() * 1000,
      }));
      const assignment = assignFiles(files, shards);
      expect(assignment.flat().toSorted()).toEqual(files.map(({ file }) => file).toSorted());
      expect(assignment).toHaveLength(Math.min(shards, count));
      expect(assignment.every((part) => part.length > 0)).toBe(true);
      const all = files.reduce((sum, { durationMs }) => sum + durationMs, 0);
      const sorted = files.map(({ durationMs }) => durationMs).sort((a, b) => b - a);
      // Below this no division can be: the mean, the longest file, two of the files that are one too many.
      const bound = Math.max(
        all / assignment.length,
        sorted[0]!,
        (sorted[assignment.length - 1] ?? 0) + (sorted[assignment.length] ?? 0),
      );
      expect(longestShard(assignment, files)).toBeLessThanOrEqual(bound * (4 / 3) + 1e-6);
    }
  });

  it("stay where they are when files come and go", () => {
    const before = [
      ["a", "b"],
      ["c", "gone"],
    ];
    expect(keepAssignment(before, weighed({ a: 5, b: 5, c: 5, new: 5 }), 2)).toEqual([
      ["a", "b"],
      ["c", "new"],
    ]);
    expect(keepAssignment(before, weighed({ a: 5, b: 5 }), 2)).toBeUndefined();
    expect(keepAssignment(before, weighed({ a: 5, b: 5, c: 5 }), 3)).toBeUndefined();
  });

  it("change shards only when that is worth it", () => {
    const plan = { assignment: [["a", "b"], ["c"]], durations: {} };
    const alike = rebalance(plan, new Map(Object.entries({ a: 50, b: 60, c: 100 })));
    expect(alike).toEqual({ assignment: plan.assignment, durations: { a: 50, b: 60, c: 100 } });
    const skewed = rebalance(plan, new Map(Object.entries({ a: 100, b: 100, c: 1 })));
    expect(skewed.assignment).toEqual([["a", "c"], ["b"]]);
  });
});
