import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCobertura } from "../../src/reports/cobertura.ts";
import { Coverage } from "../../src/reports/coverage.ts";
import { readJunit } from "../../src/reports/junit.ts";
import { readLcov } from "../../src/reports/lcov.ts";
import { readTap } from "../../src/reports/tap.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { sample } from "./read.ts";

const runs = Number(process.env.TIDEGATE_FUZZ_RUNS ?? 150);

/** What a report comes to: what it told, or why it is refused. */
type Outcome = { readonly told: string } | { readonly refused: string };

const readers: Readonly<Record<string, (path: string, told: string[]) => void>> = {
  junit: (path, told) => void readJunit(path, ({ name, result }) => told.push(`${result} ${name}`)),
  tap: (path, told) => void readTap(path, ({ name, result }) => told.push(`${result} ${name}`)),
  lcov: (path, told) => coverage(readLcov, path, told),
  cobertura: (path, told) => coverage(readCobertura, path, told),
};

function coverage(read: typeof readLcov, path: string, told: string[]): void {
  const covered = new Coverage();
  read(path, covered);
  told.push(JSON.stringify(covered.figures()));
}

function outcomeOf(kind: string, bytes: Uint8Array, path: string): Outcome {
  writeFileSync(path, bytes);
  const told: string[] = [];
  try {
    readers[kind]!(path, told);
    return { told: told.join("\n") };
  } catch (error) {
    // A refusal has words for people; anything else is a bug.
    expect((error as Error).constructor).toBe(Error);
    return { refused: (error as Error).message };
  }
}

/** The same numbers each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

const samples: readonly (readonly [string, string])[] = [
  ["junit", "surefire.junit.xml"],
  ["junit", "pytest.junit.xml"],
  ["tap", "node.tap"],
  ["tap", "vitest.tap"],
  ["cobertura", "jest.cobertura.xml"],
  ["lcov", "jest.lcov.info"],
];

describe("a report", () => {
  it.each(samples)("(%s, %s) that is cut off anywhere is not green", (kind, name) => {
    const bytes = readFileSync(sample(name));
    const path = join(tempFolder(), "report");
    const whole = outcomeOf(kind, bytes, path);
    expect(whole).toHaveProperty("told");
    const end = bytes.toString("latin1").trimEnd().length;
    for (let at = 0; at < end; at += Math.max(1, Math.floor(end / runs))) {
      const cut = outcomeOf(kind, bytes.subarray(0, at), path);
      // What is not refused lacks only what has no meaning, or is a failure.
      if ("told" in cut && !cut.told.includes("failed ")) expect(cut).toEqual(whole);
    }
  });

  it.each(samples)(
    "(%s, %s) with any bytes in it is read or refused, and no bytes alone are a report",
    (kind, name) => {
      const bytes = readFileSync(sample(name));
      const path = join(tempFolder(), "report");
      const next = numbers(name.length);
      for (let run = 0; run < runs; run++) {
        const damaged = Buffer.from(bytes);
        for (let count = 0; count <= run % 8; count++) damaged[next(damaged.length)] = next(256);
        outcomeOf(kind, damaged, path);
        const noise = Buffer.from(Array.from({ length: 1 + next(300) }, () => next(256)));
        expect(outcomeOf(kind, noise, path)).toHaveProperty("refused");
      }
    },
  );
});
