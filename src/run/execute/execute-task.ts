import { hash } from "node:crypto";
import { join } from "node:path";
import { taskFile } from "../../cache/entries/task-file.ts";
import type { Fingerprinted } from "../../cache/fingerprint/fingerprint.ts";
import { listOutputs } from "../../cache/outputs/list-outputs.ts";
import type { OutputManifest } from "../../cache/outputs/manifest.ts";
import { misplacedOutputs, wipeOutputs } from "../../cache/outputs/wipe.ts";
import { durationMs } from "../../definition/duration.ts";
import type { Task } from "../../definition/types.ts";
import type { Failure } from "../../errors/failure.ts";
import type { CacheDecision, RunReason, TaskOutcome } from "../../events/event.ts";
import { fileFailure } from "../../files/file-failure.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { requiredOf } from "../../graph/patterns/task-patterns.ts";
import type { Part } from "../../inputs/part.ts";
import { noReports } from "../../reports/task-reports.ts";
import { LastLines } from "../../runner/commands/last-lines.ts";
import { RetryPolicy } from "../../runner/commands/retry-policy.ts";
import { type CommandEnd, runCommand } from "../../runner/commands/run-command.ts";
import { type Prepared, runSteps, type StepsEnd } from "../../runner/commands/run-steps.ts";
import type { Place } from "../../runner/confine/place.ts";
import { RunningNote } from "../../runner/leftovers.ts";
import { openPlace } from "../../runner/open-place.ts";
import type { RunContext } from "../../runner/run-context.ts";
import { ScriptToolFinder } from "../../runner/script-variables.ts";
import type { startServices } from "../../runner/services/task-services.ts";
import { TaskLog } from "../../runner/task-log.ts";
import { environmentOf } from "./decide.ts";
import { type Findings, judge } from "./judge.ts";
import { keepResult } from "./keep-result.ts";
import type { Occasion, ReportReader } from "./report-reader.ts";
import { programMissing } from "./task-failures.ts";
import type { TaskRedaction } from "./task-redaction.ts";
import { untouchableOutputs } from "./untouchable-outputs.ts";

/** What running a task gave. */
export interface Execution {
  readonly outcome: TaskOutcome;
  readonly cache: CacheDecision;
  readonly durationMs: number;
  readonly attempts: number;
  /** Name of the log in the run's folder. */
  readonly log: string;
  readonly findings: Findings;
  /** Of a success. */
  readonly outputs?: OutputManifest;
}

interface Attempt {
  readonly failures: readonly Failure[];
  readonly isCancelled: boolean;
  /** What its command came to, when it failed and might do better another time. */
  readonly mayRetry: false | { readonly end?: CommandEnd };
  readonly findings?: Findings;
}

/** Who gets the output of an attempt. */
interface Hearers {
  readonly log: TaskLog;
  readonly retry: RetryPolicy;
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
  readonly #reports: ReportReader | undefined;
  readonly #startServices: typeof startServices | undefined;
  readonly #redaction: TaskRedaction | undefined;
  readonly #scriptTools = new ScriptToolFinder();

  /** `reports` is needed when a task has reports, `start` when one has services, `redaction` when there are secrets. */
  constructor(
    context: RunContext,
    reports: ReportReader | undefined,
    start?: typeof startServices,
    redaction?: TaskRedaction,
  ) {
    this.#context = context;
    this.#reports = reports;
    this.#startServices = start;
    this.#redaction = redaction;
  }

  /** @throws the system's error, when Tidegate's own files or the outputs cannot be written. */
  async task(task: GraphTask, reason: RunReason, fingerprinted: Fingerprinted | undefined): Promise<Execution> {
    const name = `${taskFile(task.name)}.log`;
    const log = new TaskLog(join(this.#context.paths.runs, this.#context.run, name));
    const startedAt = this.#context.now();
    try {
      const { attempt, attempts } = await this.#attempts(task, reason, fingerprinted, log);
      const tookMs = this.#context.now() - startedAt;
      const { findings = {} } = attempt;
      const common = { durationMs: tookMs, attempts, log: name, findings };
      if (attempt.isCancelled) return { ...common, outcome: { outcome: "cancelled" }, cache: notStored("cancelled") };
      if (attempt.failures.length > 0) return { ...common, outcome: failedWith(attempt), cache: notStored("failed") };
      const kept = await keepResult(this.#context, task, fingerprinted, {
        log,
        durationMs: tookMs,
        tests: findings.tests,
        coverage: findings.coverage,
        leaking: this.#redaction?.leakingOutput(task),
      });
      return { ...common, outcome: { outcome: "succeeded" }, ...kept };
    } finally {
      log.close();
    }
  }

  async #attempts(
    task: GraphTask,
    reason: RunReason,
    fingerprinted: Fingerprinted | undefined,
    log: TaskLog,
  ): Promise<{ attempt: Attempt; attempts: number }> {
    const digest = fingerprinted && testDigest(task.task, fingerprinted.parts);
    const retry = new RetryPolicy(task.task.retry);
    for (let number = 1; ; number++) {
      this.#context.emit({ type: "taskStarted", task: task.name, attempt: number, reason });
      const attempt = await this.#attempt(task, { attempt: number, digest }, { log, retry });
      if (attempt.mayRetry === false || !retry.mayRetry(number, attempt.mayRetry.end))
        return { attempt, attempts: number };
      await retry.wait(number, this.#signalOf(task));
    }
  }

  /** What cleans up does so after a cancel, too. */
  #signalOf({ task }: GraphTask): AbortSignal {
    return task.always ? this.#context.cleanUpSignal : this.#context.signal;
  }

  async #attempt(task: GraphTask, occasion: Occasion, hearers: Hearers): Promise<Attempt> {
    if (this.#signalOf(task).aborted) return { failures: [], isCancelled: true, mayRetry: false };
    const untouchable = await untouchableOutputs(this.#context, task);
    if (untouchable.length > 0) return { failures: untouchable, isCancelled: false, mayRetry: false };
    const place = await openPlace(this.#context, task);
    if (!place.ok) return { failures: place.failures, isCancelled: false, mayRetry: false };
    try {
      return await this.#attemptIn(place.value, task, occasion, hearers);
    } finally {
      await place.value.close();
    }
  }

  async #attemptIn(place: Place, task: GraphTask, occasion: Occasion, hearers: Hearers): Promise<Attempt> {
    const signal = this.#signalOf(task);
    const lastLines = new LastLines(shownLines);
    const redactor = () => this.#redaction?.redactor(task);
    const services = await this.#startServices?.(this.#context, task, place, signal, redactor);
    if (services?.ok === false) return { failures: services.failures, isCancelled: signal.aborted, mayRetry: {} };
    let end: StepsEnd;
    let lost: readonly Failure[];
    try {
      const { variables } = environmentOf(this.#context, task, place.root);
      const all = { ...variables, ...services?.value.variables };
      let isWiped = false;
      end = await runSteps(place, task, all, this.#scriptTools, (step) => {
        if (!isWiped) wipeOutputs(this.#context.projectFolder, task.patterns.outputs);
        isWiped = true;
        return this.#command(place, task, step, { ...hearers, lastLines });
      });
    } finally {
      lost = services?.value.lost() ?? [];
      await services?.value.stop();
    }
    if (end.how === "cancelled" || signal.aborted) return { failures: [], isCancelled: true, mayRetry: false };
    if (end.how === "noProgram")
      return { failures: [programMissing(task, end.program)], isCancelled: false, mayRetry: false };
    // The command may have put a link there.
    const outside = [
      ...(await place.bringBack()),
      ...misplacedOutputs(this.#context.projectFolder, task.patterns.outputs),
    ];
    if (outside.length > 0) return { failures: outside, isCancelled: false, mayRetry: false };
    const judged = this.#judge(task, occasion, end, lastLines.text());
    // A service that ended is worth telling of only when it may be why the task failed.
    return judged.failures.length === 0 ? judged : { ...judged, failures: [...judged.failures, ...lost] };
  }

  async #command(
    place: Place,
    task: GraphTask,
    { argv, folder, variables }: Prepared,
    { log, retry, lastLines }: Hearers & { readonly lastLines: LastLines },
  ): Promise<CommandEnd> {
    const { emit, markName, notes, run, traceOf } = this.#context;
    const value = `${run}/${task.name}`;
    const mark = `${markName}=${value}`;
    const note = new RunningNote(notes, mark);
    const timeoutMs = timeoutOf(task);
    const trace = traceOf && { TRACEPARENT: traceOf(task.name) };
    const environment = { ...trace, ...variables, [markName]: value };
    const redactor = () => this.#redaction?.redactor(task);
    try {
      return await runCommand(
        { argv: place.wrap(argv, environment), folder, environment, mark, timeoutMs, redactor },
        {
          started: (pid) => quietly(() => note.started(pid)),
          bytes: (chunk) => log.write(chunk),
          line: (stream, text) => {
            lastLines.push(text);
            retry.line(text);
            emit({ type: "taskOutput", task: task.name, stream, text });
          },
        },
        this.#signalOf(task),
      );
    } finally {
      note.remove();
    }
  }

  #judge(task: GraphTask, occasion: Occasion, end: CommandEnd, lastLines: string): Attempt {
    this.#redaction?.redactReports(task);
    const reports = this.#reports?.read(task, occasion) ?? noReports;
    const { missing } = listOutputs(this.#context.projectFolder, task.patterns.outputs);
    const required = requiredOf(task.patterns.outputs, missing);
    const { failures, findings } = judge(task, end, { lastLines, timeoutMs: timeoutOf(task) }, reports, required);
    const mayRetry = failures.length > 0 && end.how !== "notStarted" && { end };
    return { failures, findings, isCancelled: false, mayRetry };
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

/** What says which tests a task runs and where it reports them, and not what the tests have to work on. */
const besides = /^(task:(run|outputs|reports)|env:TIDEGATE_SHARD_(INDEX|TOTAL)|quarantine:.*)$/;

/**
 * What a task's tests had to work on: its fingerprint, but the same for each of its shards and for those of its test
 * files that are run again. With the same digest the same test should give the same result.
 */
function testDigest({ run, expansion }: Task, parts: readonly Part[]): string {
  const counting = parts.filter(([name]) => !besides.test(name));
  return `sha256:${hash("sha256", JSON.stringify([expansion?.run ?? run, ...counting]))}`;
}
