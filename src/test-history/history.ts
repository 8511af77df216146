import { chmodSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeFolder } from "../files/make-folder.ts";
import { type Execution, Recording } from "./recording.ts";

const schemaVersion = 1;

/**
 * Results of tests, over many runs. `digest` says what a task's tests had to work on: two executions with the same one
 * should have given the same results. `result`: 0 passed, 1 skipped, 2 failed; the greatest counts when a report has
 * several tests of one name.
 */
const schema = `
  CREATE TABLE task (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE test (
    id INTEGER PRIMARY KEY, task INTEGER NOT NULL, file TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (task, file, name)
  );
  CREATE TABLE execution (
    id INTEGER PRIMARY KEY, task INTEGER NOT NULL, part TEXT NOT NULL, run TEXT NOT NULL, attempt INTEGER NOT NULL,
    digest TEXT NOT NULL, at INTEGER NOT NULL, tests INTEGER NOT NULL
  );
  CREATE INDEX execution_of_task ON execution (task, id);
  CREATE TABLE result (
    test INTEGER NOT NULL, execution INTEGER NOT NULL, result INTEGER NOT NULL, flaky INTEGER NOT NULL, ms REAL,
    PRIMARY KEY (test, execution)
  ) WITHOUT ROWID;
  PRAGMA user_version = ${schemaVersion};
`;

/**
 * The history of tests, in a file of its own: it is opened only when a report was read, or when somebody asks. It can be
 * lost without harm, so a damaged one is put aside and begun anew.
 */
export class TestHistory {
  readonly database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.database = database;
  }

  /**
   * Opens the history, private to the user, making it when it is missing.
   * @throws the system's or SQLite's error; an error that says so when a newer Tidegate wrote it.
   */
  static open(path: string): TestHistory {
    makeFolder(dirname(path));
    try {
      return new TestHistory(openDatabase(path));
    } catch (error) {
      if (!/not a database|malformed|no such (table|column)/.test(String(error))) throw error;
      renameSync(path, `${path}.damaged`);
      return new TestHistory(openDatabase(path));
    }
  }

  /** Begins to record an execution: nothing is kept until it is committed. One at a time. */
  record(execution: Execution): Recording {
    return new Recording(this.database, execution);
  }

  close(): void {
    this.database.close();
  }
}

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    chmodSync(path, 0o600);
    // After a power cut the last runs may be missing, but never half of one.
    database.exec("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepare(database: DatabaseSync): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.user_version);
  if (version > schemaVersion) throw new Error("The history of tests was written by a newer Tidegate");
  if (version === schemaVersion) {
    database.prepare("SELECT count(*) FROM execution").get();
    return;
  }
  database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT`);
}
