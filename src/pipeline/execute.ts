import { join } from "node:path";
import { durationMs } from "../definition/duration.ts";
import type { Failure } from "../errors/failure.ts";
import type { CacheDecision, RunReason, TaskOutcome, TestCounts } from "../events/event.ts";
import { fileFailure } from "../files/file-failure.ts";
import { type Argv, toArgv } from "../process/command.ts";
import { environmentOf } from "./decide.ts";
import type { Fingerprinted } from "./fingerprint.ts";
import type { GraphTask } from "./graph.ts";
import { keepResult } from "./keep-result.ts";
import { listOutputs } from "./list-outputs.ts";
import type { OutputManifest } from "./manifest.ts";
import { readReports } from "./read-reports.ts";
import type { FailingTest, readJunit } from "./reports/junit.ts";
import type { RunContext } from "./run-context.ts";
import { LastLines } from "./runner/last-lines.ts";
import { RunningNote } from "./runner/leftovers.ts";
import { type CommandEnd, runCommand } from "./runner/run-command.ts";
import {
  commandFailure,
  type Evidence,
  failingTests,
  outputMissing,
  programMissing,
  reportInvalid,
} from "./task-failures.ts";
import { TaskLog } from "./task-log.ts";
import { findProgram } from "./tools.ts";
import { outputsOutside, wipeOutputs } from "./wipe.ts";

/** What running a task gave. */
export interface Execution {
  readonly outcome: TaskOutcome;
  readonly cache: CacheDecision;
  readonly durationMs: number;
  readonly attempts: number;
  /** Name of the log in the run's folder. */
  readonly log: string;
  readonly tests?: TestCounts;
  /** Of a success. */
  readonly outputs?: OutputManifest;
}

interface Attempt {
  readonly failures: readonly Failure[];
  readonly isCancelled: boolean;
  readonly mayRetry: boolean;
  readonly tests?: TestCounts;
}

const defaultTimeoutMs = 15 * 60_000;
const shownLines = 20;

/**
 * Runs a task that has to run: removes its outputs, runs its command (again after a failure, as often as it may), and
 * keeps the result when everything is known that it depends on. Emits `taskStarted` for each attempt, and its output.
 * Nothing is loaded from here on: the task may be what installs Tidegate itself.
 */
export class Execute {
  readonly #context: RunContext;
  readonly #readJunit: typeof readJunit | undefined;

  /** `readJunit` is needed when a task has reports. */
  constructor(context: RunContext, readJunitReport: typeof readJunit | undefined) {
    this.#context = context;
    this.#readJunit = readJunitReport;
  }

  /** @throws the system's error, when Tidegate's own files or the outputs cannot be written. */
  async task(task: GraphTask, reason: RunReason, fingerprinted: Fingerprinted | undefined): Promise<Execution> {
    const name = `${task.name}.log`;
    const log = new TaskLog(join(this.#context.paths.runs, this.#context.run, name));
    const startedAt = this.#context.now();
    try {
      const { attempt, attempts } = await this.#attempts(task, reason, log);
      const tookMs = this.#context.now() - startedAt;
      const common = { durationMs: tookMs, attempts, log: name, ...(attempt.tests && { tests: attempt.tests }) };
      if (attempt.isCancelled) return { ...common, outcome: { outcome: "cancelled" }, cache: notStored("cancelled") };
      if (attempt.failures.length > 0) return { ...common, outcome: failedWith(attempt), cache: notStored("failed") };
      const kept = await keepResult(this.#context, task, fingerprinted, {
        log,
        durationMs: tookMs,
        tests: attempt.tests,
      });
      return { ...common, outcome: { outcome: "succeeded" }, ...kept };
    } finally {
      log.close();
    }
  }

  async #attempts(task: GraphTask, reason: RunReason, log: TaskLog): Promise<{ attempt: Attempt; attempts: number }> {
    const most = 1 + (task.task.retry ?? 0);
    for (let number = 1; ; number++) {
      this.#context.emit({ type: "taskStarted", task: task.name, attempt: number, reason });
      const attempt = await this.#attempt(task, log);
      if (!attempt.mayRetry || number >= most) return { attempt, attempts: number };
    }
  }

  async #attempt(task: GraphTask, log: TaskLog): Promise<Attempt> {
    const { projectFolder, signal } = this.#context;
    if (signal.aborted) return { failures: [], isCancelled: true, mayRetry: false };
    const outside = outputsOutside(projectFolder, task.patterns.outputs);
    if (outside.length > 0) return { failures: outside, isCancelled: false, mayRetry: false };
    const { variables } = environmentOf(this.#context, task);
    const argv = toArgv(task.task.run);
    const program = findProgram(argv.file, variables.PATH!, projectFolder);
    if (program === undefined)
      return { failures: [programMissing(task, argv.file)], isCancelled: false, mayRetry: false };
    wipeOutputs(projectFolder, task.patterns.outputs);
    const lastLines = new LastLines(shownLines);
    const end = await this.#command(task, { file: program, args: argv.args }, variables, log, lastLines);
    if (end.how === "cancelled" || signal.aborted) return { failures: [], isCancelled: true, mayRetry: false };
    return this.#judge(task, end, lastLines.text());
  }

  async #command(
    task: GraphTask,
    argv: Argv,
    variables: Readonly<Record<string, string>>,
    log: TaskLog,
    lastLines: LastLines,
  ): Promise<CommandEnd> {
    const { emit, markName, paths, projectFolder, run, signal } = this.#context;
    const value = `${run}/${task.name}`;
    const mark = `${markName}=${value}`;
    const note = new RunningNote(paths.running, `${run}.${task.name}`, mark);
    const timeoutMs = timeoutOf(task);
    const environment = { ...variables, [markName]: value };
    try {
      return await runCommand(
        { argv, folder: projectFolder, environment, mark, timeoutMs },
        {
          started: (pid) => quietly(() => note.started(pid)),
          bytes: (chunk) => log.write(chunk),
          line: (stream, text) => {
            lastLines.push(text);
            emit({ type: "taskOutput", task: task.name, stream, text });
          },
        },
        signal,
      );
    } finally {
      note.remove();
    }
  }

  /** An exit code of 0 is a success only when every output was written and no report says otherwise. */
  #judge(task: GraphTask, end: CommandEnd, lastLines: string): Attempt {
    const { projectFolder } = this.#context;
    const reports =
      this.#readJunit && task.patterns.junit.length > 0
        ? readReports(projectFolder, listOutputs(projectFolder, task.patterns.junit).found, this.#readJunit)
        : { failing: [] as FailingTest[], invalid: [] };
    const tests = reports.tests && { tests: reports.tests };
    const evidence: Evidence = { lastLines, failing: reports.failing, timeoutMs: timeoutOf(task) };
    const failures: Failure[] = [];
    if (end.how !== "exited" || end.code !== 0) failures.push(commandFailure(task, end, evidence));
    else {
      const { missing } = listOutputs(projectFolder, task.patterns.outputs);
      failures.push(...missing.map(({ pattern }) => outputMissing(task, pattern.text)));
      failures.push(...reports.invalid.map(({ path, because }) => reportInvalid(task, path, because)));
      if (reports.tests && reports.tests.failed > 0) failures.push(failingTests(task, reports.tests.failed, evidence));
    }
    return { failures, isCancelled: false, mayRetry: failures.length > 0 && end.how !== "notStarted", ...tests };
  }
}

function failedWith({ failures }: Attempt): TaskOutcome {
  return { outcome: "failed", failures };
}

function notStored(because: "failed" | "cancelled"): CacheDecision {
  return { stored: false, because };
}

function timeoutOf({ task }: GraphTask): number {
  return task.timeout === undefined ? defaultTimeoutMs : durationMs(task.timeout);
}

/** A full disk must not stop a task that already runs: its mark alone will do. */
function quietly(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (fileFailure(error) === undefined) throw error;
  }
}
