import { listOutputs } from "../../cache/outputs/list-outputs.ts";
import { misplacedOutputs } from "../../cache/outputs/wipe.ts";
import type { Failure } from "../../errors/failure.ts";
import { fileFailure } from "../../files/file-failure.ts";
import type { Graph, GraphTask } from "../../graph/graph.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import { readCobertura } from "../../reports/cobertura.ts";
import { Coverage } from "../../reports/coverage.ts";
import { coverageFailure } from "../../reports/coverage-gate.ts";
import { readJunit } from "../../reports/junit.ts";
import { readLcov } from "../../reports/lcov.ts";
import { mergeJunit, type ReportedPart } from "../../reports/merge-junit.ts";
import { sourceNames } from "../../reports/source-names.ts";
import { readTap } from "../../reports/tap.ts";
import {
  type InvalidReport,
  noReports,
  type TaskReportsRead,
  type UntoldFailures,
} from "../../reports/task-reports.ts";
import type { ReadTests, TakeTest } from "../../reports/test-result.ts";
import type { RunContext } from "../../runner/run-context.ts";
import { fileDurations, flakyInRun, pastOf } from "../../test-history/ask-history.ts";
import { TestHistory } from "../../test-history/history.ts";
import { QuarantineWatch } from "../../test-history/quarantine.ts";
import type { Recording } from "../../test-history/recording.ts";
import { rebalance, type ShardPlan, saveShardPlan } from "../../test-history/shards/shard-plan.ts";
import { TestCollector } from "../../test-history/test-collector.ts";
import { TestFiles } from "../../test-history/test-files.ts";
import type { TaskRun } from "../task-run.ts";
import { type ReportFiles, reportFiles } from "./report-files.ts";

/** When and for what a task was run. */
export interface Occasion {
  readonly attempt: number;
  /** What its tests had to work on, see `testDigest`. */
  readonly digest: string | undefined;
}

type Reader = (path: string, take: TakeTest) => ReadTests;

/**
 * Reads what tasks report, and writes down how their tests did. Everything it needs is loaded with it; the history is
 * opened with the first report.
 */
export class ReportReader {
  readonly #context: RunContext;
  #history: TestHistory | undefined;
  /** Why the history could not be written; tasks are not affected. */
  readonly troubles: Failure[] = [];

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** Reads the reports that stand where the task declares them. @throws the system's error, when a folder cannot be read. */
  read(task: GraphTask, occasion: Occasion): TaskReportsRead {
    const { junit, tap, coverage } = task.patterns;
    if (junit.length + tap.length + coverage.length === 0) return noReports;
    const tests = this.#tests(task, occasion);
    const covered = this.#coverage(task);
    const reports = this.#filesOf(junit).map((path) => `${this.#context.projectFolder}/${path}`);
    this.#merge(task, [{ name: task.name, reports }]);
    return { ...tests, ...covered, invalid: [...tests.invalid, ...covered.invalid] };
  }

  /**
   * Puts the reports of shards together of which some failed, learns from the run how long test files take, and gives the
   * history back. `plans`: of the tasks with shards; `runs`: what became of tasks.
   */
  finish(plans: ReadonlyMap<string, ShardPlan>, graph: Graph, runs: ReadonlyMap<string, TaskRun>): void {
    for (const task of graph.values()) {
      if (task.patterns.merged.length > 0) this.#mergeFailed(task, graph, runs);
    }
    if (this.#history !== undefined) {
      for (const [task, plan] of plans) this.#withHistory((history) => this.#learn(history, task, plan));
    }
    this.#history?.close();
    this.#history = undefined;
  }

  /** A whole whose parts failed is skipped, and it is then that its report is looked at. */
  #mergeFailed(task: GraphTask, graph: Graph, runs: ReadonlyMap<string, TaskRun>): void {
    if (runs.get(task.name)?.record.result.result !== "skipped") return;
    const parts = task.needs.flatMap((name): ReportedPart[] => {
      const [part, run] = [graph.get(name), runs.get(name)];
      if (part === undefined || run === undefined || !hasEnded(run)) return [];
      const reports = this.#filesOf(part.patterns.junit).map((path) => `${this.#context.projectFolder}/${path}`);
      const failure = failureOf(run);
      return [{ name, reports, ...(failure !== undefined && { failure }) }];
    });
    if (parts.length > 0) this.#merge(task, parts);
  }

  /** A report of many that cannot be written does not take the result of any. */
  #merge({ patterns }: GraphTask, parts: readonly ReportedPart[]): void {
    const { projectFolder } = this.#context;
    if (misplacedOutputs(projectFolder, patterns.merged).length > 0) return;
    try {
      for (const { pattern } of patterns.merged) mergeJunit(`${projectFolder}/${pattern.base}`, parts);
    } catch (error) {
      const failure = fileFailure(error);
      if (failure === undefined) throw error;
      this.troubles.push(failure);
    }
  }

  #learn(history: TestHistory, task: string, plan: ShardPlan): void {
    saveShardPlan(this.#context.paths.shards, task, rebalance(plan, fileDurations(history, task)));
  }

  #tests(task: GraphTask, occasion: Occasion): TaskReportsRead {
    const { patterns } = task;
    const found = [...this.#found(patterns.junit, readJunit), ...this.#found(patterns.tap, readTap)];
    const unreadable = this.#reportFiles([...patterns.junit, ...patterns.tap]).invalid;
    if (found.length === 0) return { ...noReports, invalid: unreadable };
    const { now, projectFolder } = this.#context;
    const quarantine = new QuarantineWatch(task.task.quarantine ?? [], now());
    const recording = this.#record(task, occasion);
    const collector = new TestCollector({
      projectFolder,
      files: new TestFiles(projectFolder, task.task.expansion?.files ?? [], task.package?.folder),
      quarantine,
      record: (test) => recording && this.#withHistory(() => recording.add(test)),
    });
    const { damaged, untold } = this.#readAll(task, found, (test) => collector.take(test));
    const invalid = [...unreadable, ...damaged];
    this.#keep(recording, invalid);
    const counts = collector.counts(occasion.attempt > 1 ? this.#flaky(task) : 0);
    const isWhole = task.task.expansion?.role !== "shard" && task.task.expansion?.isPart !== true;
    const notes = quarantine.notes(isWhole && invalid.length === 0 ? this.#past(task) : undefined);
    const { failing, failingFiles } = collector;
    const isTold = invalid.length === 0 && untold.length === 0 && this.#hasAllReports(task);
    return {
      ...(found.length > damaged.length && { tests: counts }),
      failing,
      ...(failingFiles && isTold && { failingFiles }),
      ...(notes && { quarantine: notes }),
      isQuarantineAlone: isTold && counts.failed === 0 && (counts.quarantined ?? 0) > 0,
      invalid,
      untold,
    };
  }

  #readAll(task: GraphTask, found: readonly FoundReport[], take: TakeTest) {
    const damaged: InvalidReport[] = [];
    const untold: UntoldFailures[] = [];
    const { projectFolder } = this.#context;
    for (const { path, read } of found) {
      const nameOf = sourceNames(projectFolder, path, task.package?.folder);
      try {
        const { untoldFailures } = read(`${projectFolder}/${path}`, (test) =>
          take(test.file === undefined ? test : { ...test, file: nameOf(test.file) }),
        );
        if (untoldFailures > 0) untold.push({ path, failures: untoldFailures });
      } catch (error) {
        damaged.push({ path, because: (error as Error).message });
      }
    }
    return { damaged, untold };
  }

  #coverage({ name, task, patterns, package: of }: GraphTask): Pick<TaskReportsRead, "coverage" | "below" | "invalid"> {
    const { projectFolder } = this.#context;
    const { files, invalid: unreadable } = this.#reportFiles(patterns.coverage);
    if (files.length === 0 || task.reports?.coverage === undefined) return { invalid: unreadable };
    const { lcov, minimum } = task.reports.coverage;
    const coverage = new Coverage();
    const damaged = files.flatMap((path): InvalidReport[] => {
      const nameOf = sourceNames(projectFolder, path, of?.folder);
      try {
        (lcov === undefined ? readCobertura : readLcov)(`${projectFolder}/${path}`, coverage, nameOf);
        return [];
      } catch (error) {
        return [{ path, because: (error as Error).message }];
      }
    });
    const invalid = [...unreadable, ...damaged];
    // A part of the tests reaches a part of the code; the whole is judged when all have run.
    const isPart = task.expansion?.role === "shard" || task.expansion?.isPart === true;
    const below = isPart || invalid.length > 0 ? undefined : coverageFailure(name, coverage, minimum);
    return { coverage: coverage.figures(), ...(below && { below }), invalid };
  }

  #found(claims: readonly Claim[], read: Reader): FoundReport[] {
    return this.#filesOf(claims).map((path) => ({ path, read }));
  }

  #filesOf(claims: readonly Claim[]): readonly string[] {
    return this.#reportFiles(claims).files;
  }

  #reportFiles(claims: readonly Claim[]): ReportFiles {
    return reportFiles(this.#context.projectFolder, claims);
  }

  /** A report that is not there might tell of more. */
  #hasAllReports({ patterns: { junit, tap } }: GraphTask): boolean {
    return listOutputs(this.#context.projectFolder, [...junit, ...tap]).missing.length === 0;
  }

  /** The parts have been recorded already when the whole reads their reports. */
  #record({ name, task }: GraphTask, { attempt, digest }: Occasion): Recording | undefined {
    if (task.expansion?.role === "whole") return undefined;
    const { now, run } = this.#context;
    return this.#withHistory((history) =>
      history.record({ task: task.expansion?.of ?? name, part: name, run, attempt, digest, at: now() }),
    );
  }

  /** What stands in a report that is not whole may be about another execution. */
  #keep(recording: Recording | undefined, invalid: readonly InvalidReport[]): void {
    if (recording === undefined) return;
    this.#withHistory(() => (invalid.length === 0 ? recording.commit() : recording.rollback()));
  }

  #flaky({ name }: GraphTask): number {
    return this.#withHistory((history) => flakyInRun(history, name, this.#context.run)) ?? 0;
  }

  #past({ name, task }: GraphTask) {
    return task.quarantine && this.#withHistory((history) => pastOf(history, task.expansion?.of ?? name));
  }

  /** Without a history the run goes on: it is told of once. */
  #withHistory<T>(work: (history: TestHistory) => T): T | undefined {
    if (this.troubles.length > 0) return undefined;
    try {
      this.#history ??= TestHistory.open(this.#context.paths.testHistory);
      return work(this.#history);
    } catch (error) {
      this.troubles.push(fileFailure(error) ?? historyUnusable(error));
      return undefined;
    }
  }
}

function hasEnded({ record: { result } }: TaskRun): boolean {
  return result.result === "hit" || result.result === "succeeded" || result.result === "failed";
}

function failureOf({ record: { result } }: TaskRun): string | undefined {
  return result.result === "failed" ? (result.failures[0]?.message ?? "It failed") : undefined;
}

interface FoundReport {
  readonly path: string;
  readonly read: Reader;
}

function historyUnusable(error: unknown): Failure {
  return {
    code: "state-damaged",
    message: "The history of tests cannot be written",
    cause: (error as Error).message,
    hint: "Without it, flaky tests are not found; remove it to start over: rm -r .tidegate/tests",
  };
}
