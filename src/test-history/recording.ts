import type { DatabaseSync, StatementSync } from "node:sqlite";

/** One time that a task's tests were run. */
export interface Execution {
  /** The task as the definition names it. */
  readonly task: string;
  /** The task of the graph: one of its shards, or itself. */
  readonly part: string;
  readonly run: string;
  readonly attempt: number;
  /** What the tests had to work on; absent when that is not known, then only attempts of one run are compared. */
  readonly digest: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface RecordedTest {
  readonly name: string;
  /** "" when it is not known. */
  readonly file: string;
  readonly result: "passed" | "skipped" | "failed";
  readonly flaky: boolean;
  readonly durationMs: number | undefined;
}

const numbers = { passed: 0, skipped: 1, failed: 2 } as const;

/** Of each task: this many executions, and this many results. */
const kept = { executions: 200, results: 1_000_000 };

/** An execution while its tests are read. */
export class Recording {
  readonly #database: DatabaseSync;
  readonly #execution: number;
  readonly #task: number;
  readonly #findTest: StatementSync;
  readonly #addTest: StatementSync;
  readonly #addResult: StatementSync;
  #count = 0;

  constructor(database: DatabaseSync, { task, part, run, attempt, digest, at }: Execution) {
    this.#database = database;
    database.exec("BEGIN IMMEDIATE");
    database.prepare("INSERT INTO task (name) VALUES (?) ON CONFLICT DO NOTHING").run(task);
    this.#task = Number(database.prepare("SELECT id FROM task WHERE name = ?").get(task)?.id);
    const added = database
      .prepare("INSERT INTO execution (task, part, run, attempt, digest, at, tests) VALUES (?, ?, ?, ?, ?, ?, 0)")
      .run(this.#task, part, run, attempt, digest ?? `run:${run}`, at);
    this.#execution = Number(added.lastInsertRowid);
    this.#findTest = database.prepare("SELECT id FROM test WHERE task = ? AND file = ? AND name = ?");
    this.#addTest = database.prepare("INSERT INTO test (task, file, name) VALUES (?, ?, ?)");
    this.#addResult = database.prepare(
      `INSERT INTO result (test, execution, result, flaky, ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET result = max(result, excluded.result), flaky = max(flaky, excluded.flaky),
         ms = coalesce(ms + excluded.ms, ms, excluded.ms)`,
    );
  }

  add({ file, name, result, flaky, durationMs }: RecordedTest): void {
    const found = this.#findTest.get(this.#task, file, name)?.id;
    const test = found ?? this.#addTest.run(this.#task, file, name).lastInsertRowid;
    this.#addResult.run(test, this.#execution, numbers[result], flaky ? 1 : 0, durationMs ?? null);
    this.#count += 1;
  }

  /** Keeps it, and forgets the oldest. @throws SQLite's error. */
  commit(): void {
    this.#database.prepare("UPDATE execution SET tests = ? WHERE id = ?").run(this.#count, this.#execution);
    this.#forget();
    this.#database.exec("COMMIT");
  }

  rollback(): void {
    this.#database.exec("ROLLBACK");
  }

  #forget(): void {
    const executions = this.#database
      .prepare("SELECT id, tests FROM execution WHERE task = ? ORDER BY id DESC")
      .all(this.#task) as { id: number; tests: number }[];
    let results = 0;
    const surplus = executions.filter(({ tests }, position) => {
      results += tests;
      return position > 0 && (position >= kept.executions || results > kept.results);
    });
    // Looking for results takes long: not each time.
    if (surplus.length < Math.min(kept.executions / 10, executions.length / 4)) return;
    const newest = surplus[0]!.id;
    const own = "test IN (SELECT id FROM test WHERE task = ?)";
    this.#database.prepare(`DELETE FROM result WHERE execution <= ? AND ${own}`).run(newest, this.#task);
    this.#database.prepare("DELETE FROM execution WHERE id <= ? AND task = ?").run(newest, this.#task);
    this.#database
      .prepare("DELETE FROM test WHERE task = ? AND NOT EXISTS (SELECT 1 FROM result WHERE result.test = test.id)")
      .run(this.#task);
  }
}
