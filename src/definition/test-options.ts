/** How much of the code the tests must reach, in percent; a number alone is about lines. */
export type CoverageMinimum =
  | number
  | { readonly lines?: number; readonly branches?: number; readonly functions?: number };

interface CoverageCommon {
  /** With less than this the task fails. Default: coverage is shown, and nothing is demanded. */
  readonly minimum?: CoverageMinimum;
}

/** Coverage reports (glob patterns) in one of two formats; they count as outputs. */
export type CoverageReport = CoverageCommon &
  (
    | { readonly lcov: string | readonly string[]; readonly cobertura?: never }
    | { readonly cobertura: string | readonly string[]; readonly lcov?: never }
  );

/** The reports that a task writes; they count as outputs. */
export interface TaskReports {
  /** JUnit XML files (glob patterns). */
  readonly junit?: string | readonly string[];
  /** Files in the Test Anything Protocol (glob patterns). */
  readonly tap?: string | readonly string[];
  readonly coverage?: CoverageReport;
  /** One JUnit file with the `junit` reports of all `shards`. It is also written when some of them fail. */
  readonly merged?: string;
}

/** A calendar day: `2027-01-31`. */
export type Day = `${number}-${number}-${number}`;

/** Tests whose failures do not count for a while. */
export interface Quarantine {
  /** The test as reports name it, or its last parts (`sum › adds`); `*` stands for any text. */
  readonly test: string;
  /** Who mends it. */
  readonly owner: string;
  /** The last day on which it holds, in UTC. */
  readonly until: Day;
  readonly reason: string;
}

/** What of a task is about its tests. */
export interface TestOptions {
  readonly reports?: TaskReports;
  /** Needs `reports`: only they say which tests made a command fail. */
  readonly quarantine?: readonly Quarantine[];
  /** The test files (paths or globs) that `{files}` in `run` stands for. */
  readonly testFiles?: readonly string[];
  /**
   * Divides the task into so many that run side by side. Each gets its part of `testFiles`, or finds its own by
   * `{shard}` and `{shards}`, which stand for its number and how many there are in `run`, `outputs` and `reports`.
   */
  readonly shards?: number;
}

/** What Tidegate made of a task with `testFiles` or `shards`. */
export interface Expansion {
  /** `shard`: one of the parts. `whole`: waits for the parts and puts their reports together. `files`: not divided. */
  readonly role: "shard" | "whole" | "files";
  /** The task it was made of. */
  readonly of: string;
  /** That task's command as the definition has it. */
  readonly run: string | readonly string[];
  /** Of a shard: its number, from 1. */
  readonly index?: number;
  readonly total?: number;
  /** Its test files. */
  readonly files?: readonly string[];
  /** true: these are only some of them, because the others succeeded last time. */
  readonly isPart?: boolean;
}
