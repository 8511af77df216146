import type { TestHistory } from "./history.ts";
import type { TestPast } from "./quarantine.ts";

/** What is known of one test. Times are milliseconds. */
export interface TestSummary {
  readonly task: string;
  readonly name: string;
  /** "" when the report did not say. */
  readonly file: string;
  readonly last: "passed" | "skipped" | "failed";
  readonly runs: number;
  readonly failures: number;
  /** How often it gave different results for the same. */
  readonly flips: number;
  readonly averageMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly lastRun: string;
  /** Milliseconds since 1970. */
  readonly lastAt: number;
}

export interface TestQuestion {
  readonly task?: string;
  /** `flaky`: failed and passed for the same. `failed`: failed the last time. `slow`: the slowest first. */
  readonly only?: "flaky" | "failed" | "slow";
  readonly limit: number;
}

const results = ["passed", "skipped", "failed"] as const;

const summaries = `
  WITH same AS (
    SELECT r.test AS test, max(r.result = 2 OR r.flaky) AND max(r.result = 0) AS flips
    FROM result r JOIN execution e ON e.id = r.execution GROUP BY r.test, e.digest
  ), flips AS (
    SELECT test, sum(flips) AS flips FROM same GROUP BY test
  ), known AS (
    SELECT test, count(*) AS runs, sum(result = 2) AS failures, avg(ms) AS averageMs, max(execution) AS latest
    FROM result GROUP BY test
  )
  SELECT k.name AS task, t.name AS name, t.file AS file, r.result AS last, known.runs AS runs, known.failures AS failures,
    flips.flips AS flips, known.averageMs AS averageMs, r.ms AS lastMs, e.run AS lastRun, e.at AS lastAt
  FROM known
    JOIN test t ON t.id = known.test
    JOIN task k ON k.id = t.task
    JOIN flips ON flips.test = known.test
    JOIN result r ON r.test = known.test AND r.execution = known.latest
    JOIN execution e ON e.id = known.latest
  WHERE (?1 IS NULL OR k.name = ?1)`;

const orders = {
  flaky: " AND flips > 0 ORDER BY flips DESC, task, file, name",
  failed: " AND r.result = 2 ORDER BY task, file, name",
  slow: " AND averageMs IS NOT NULL ORDER BY averageMs DESC, task, file, name",
  all: " ORDER BY r.result = 2 DESC, flips > 0 DESC, task, file, name",
} as const;

/** Tests that are known, the most interesting first. */
export function askHistory({ database }: TestHistory, { task, only, limit }: TestQuestion): TestSummary[] {
  const rows = database.prepare(`${summaries}${orders[only ?? "all"]} LIMIT ?2`).all(task ?? null, limit);
  return rows.map((row) => {
    const { last, averageMs, lastMs, ...others } = row as unknown as Omit<TestSummary, "last"> & { last: 0 | 1 | 2 };
    return { ...others, last: results[last], averageMs: averageMs ?? undefined, lastMs: lastMs ?? undefined };
  });
}

/** How often each of a task's tests was seen, and failed. */
export function pastOf({ database }: TestHistory, task: string): TestPast[] {
  const rows = database
    .prepare(
      `SELECT t.name AS name, count(*) AS runs, sum(r.result = 2 OR r.flaky) AS failures
       FROM test t JOIN task k ON k.id = t.task JOIN result r ON r.test = t.id WHERE k.name = ? GROUP BY t.id`,
    )
    .all(task);
  return rows as unknown as TestPast[];
}

/** How many tests of a task of the graph passed in this run after they had failed in it. */
export function flakyInRun({ database }: TestHistory, part: string, run: string): number {
  const row = database
    .prepare(
      `SELECT count(*) AS flaky FROM (
         SELECT r.test FROM result r JOIN execution e ON e.id = r.execution WHERE e.part = ? AND e.run = ?
         GROUP BY r.test HAVING max(r.result = 2 OR r.flaky) AND max(r.result = 0)
       )`,
    )
    .get(part, run);
  return Number(row?.flaky ?? 0);
}

/** How long each test file of a task takes: the averages of its tests, together. */
export function fileDurations({ database }: TestHistory, task: string): Map<string, number> {
  const rows = database
    .prepare(
      `SELECT file, sum(ms) AS ms FROM (
         SELECT t.file AS file, avg(r.ms) AS ms FROM test t JOIN task k ON k.id = t.task JOIN result r ON r.test = t.id
         WHERE k.name = ? AND t.file <> '' GROUP BY t.id
       ) GROUP BY file HAVING ms IS NOT NULL`,
    )
    .all(task) as { file: string; ms: number }[];
  return new Map(rows.map(({ file, ms }) => [file, ms]));
}
