import { expect, test } from "vitest";
import { compareColumns } from "../../../src/environment/parity/compare.ts";
import type { ParityRow } from "../../../src/environment/parity/report.ts";
import { Random } from "../../run/property/random.ts";
import { anotherRelease, ofDatabase, type Plant, plants } from "./plants.ts";
import { columnsOf, declaredRows, factsOf, rulesOf, specsOf, world } from "./world.ts";

test("promise 9: in 500 pairs of environments with planted differences every one is found, and no other is reported", async () => {
  const planted = new Map<string, number>();
  for (let seed = 1; seed <= 500; seed += 1) {
    const random = new Random(seed);
    const chosen = choose(random);
    for (const { name } of chosen) planted.set(name, (planted.get(name) ?? 0) + 1);
    const { found, expected } = await grow(random, chosen);
    expect(found, `seed ${seed}: ${chosen.map(({ name }) => name).join("; ")}`).toEqual(expected);
  }
  for (const { name } of [...plants, ...ofDatabase, anotherRelease])
    expect(planted.get(name) ?? 0, name).toBeGreaterThan(10);
});

/** The same pair with what is planted in it, and what must be said of it. */
async function grow(random: Random, chosen: readonly Plant[]) {
  const pair = world(random.chance(0.5) ? "planned" : "deployed", random.below(4), random.below(6));
  for (const { inDefinition } of chosen) inDefinition?.(pair);
  const specs = await specsOf(pair);
  for (const { inSpecs } of chosen) inSpecs?.(specs, pair);
  const facts = { staging: factsOf(pair, specs.staging), production: factsOf(pair, specs.production) };
  for (const { inFacts } of chosen) inFacts?.(facts);
  const report = compareColumns(columnsOf(pair, specs, facts), await rulesOf(pair));
  const isReleased = chosen.includes(anotherRelease);
  const rows = chosen.flatMap(({ rows, isOfRelease }) =>
    (typeof rows === "function" ? rows(pair) : rows).map((row) =>
      isOfRelease && isReleased ? row.replace("violation undeclared", "declared release") : row,
    ),
  );
  const keys = new Set(rows.map((row) => row.split(":")[0]));
  const untouched = declaredRows.filter((row) => !keys.has(row.split(":")[0]));
  const found = report.rows.filter(({ verdict }) => verdict !== "equal").map(tell);
  return { found: found.sort(), expected: [...untouched, ...rows].sort() };
}

function choose(random: Random): Plant[] {
  const one = random.chance(0.5) ? [random.pick(ofDatabase)] : [];
  return [...random.some(plants, 0.2), ...one, ...(random.chance(0.3) ? [anotherRelease] : [])];
}

function tell(row: ParityRow): string {
  return `${row.dimension} ${row.key}: ${row.verdict} ${why(row)}`;
}

function why(row: ParityRow): string {
  switch (row.verdict) {
    case "equal":
      return "";
    case "declared":
      return row.allowed.by;
    case "violation":
      return row.violation;
    case "unknown":
      return row.unknown.because;
    default:
      return row satisfies never;
  }
}
