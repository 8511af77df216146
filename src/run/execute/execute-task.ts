import { hash } from "node:crypto";
import { join } from "node:path";
import { taskFile } from "../../cache/entries/task-file.ts";
import type { Fingerprinted } from "../../cache/fingerprint/fingerprint.ts";
import { listOutputs } from "../../cache/outputs/list-outputs.ts";
import type { OutputManifest } from "../../cache/outputs/manifest.ts";
import { misplacedOutputs } from "../../cache/outputs/wipe.ts";
import type { Task } from "../../definition/types.ts";
import { durationMs } from "../../errors/duration.ts";
import type { Failure } from "../../errors/failure.ts";
import type { CacheDecision, RunReason, TaskOutcome } from "../../events/event.ts";
import { fileFailure } from "../../files/file-failure.ts";
import type { Graph, GraphTask } from "../../graph/graph.ts";
import { requiredOf } from "../../graph/patterns/task-patterns.ts";
import type { Part } from "../../inputs/part.ts";
import { noReports } from "../../reports/task-reports.ts";
import { RetryPolicy } from "../../runner/commands/retry-policy.ts";
import { type CommandEnd, runCommand } from "../../runner/commands/run-command.ts";
import { type Prepared, runSteps, type StepsEnd } from "../../runner/commands/run-steps.ts";
import { TellingLines } from "../../runner/commands/telling-lines.ts";
import type { Place } from "../../runner/confine/place.ts";
import { RunningNote } from "../../runner/leftovers.ts";
import { openPlace } from "../../runner/open-place.ts";
import type { RunContext } from "../../runner/run-context.ts";
import { ScriptToolFinder } from "../../runner/script-variables.ts";
import type { startServices } from "../../runner/services/task-services.ts";
import { TaskLog } from "../../runner/task-log.ts";
import { environmentOf } from "./decide.ts";
import { Installers } from "./installers.ts";
import { type Findings, judge } from "./judge.ts";
import { keepResult } from "./keep-result.ts";
import { OldOutputs } from "./old-outputs.ts";
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
  readonly old: OldOutputs;
}

const defaultTimeoutMs = 15 * 60_000;
const shownLines = 20;

/**
 * Runs a task that has to run: sets its outputs aside, runs its command (again after a failure, as often as it may), and
 * keeps the result when everything is known that it depends on, or puts the outputs back. Emits `taskStarted` for each attempt, and its output.
 * Nothing is loaded from here on: the task may be what installs Tidegate itself.
 */
export class Execute {
  readonly #context: RunContext;
  readonly #reports: ReportReader | undefined;
  readonly #startServices: typeof startServices | undefined;
  readonly #redaction: TaskRedaction | undefined;
  readonly #seenWhenFailed: ReadonlySet<string>;
  readonly #installers: Installers;
  readonly #scriptTools = new ScriptToolFinder();

  /**
   * `reports` is needed when a task has reports, `start` when one has services, `redaction` when there are secrets;
   * `graph`: the run's tasks.
   */
  constructor(
    context: RunContext,
    reports: ReportReader | undefined,
    start?: typeof startServices,
    redaction?: TaskRedaction,
    graph: Graph = new Map(),
  ) {
    this.#context = context;
    this.#reports = reports;
    this.#startServices = start;
    this.#redaction = redaction;
    this.#seenWhenFailed = seenWhenFailed(graph);
    this.#installers = new Installers(context.projectFolder, graph);
  }

  /** @throws the system's error, when Tidegate's own files or the outputs cannot be written. */
  async task(task: GraphTask, reason: RunReason, fingerprinted: Fingerprinted | undefined): Promise<Execution> {
    const name = `${taskFile(task.name)}.log`;
    const log = new TaskLog(join(this.#context.paths.runs, this.#context.run, name));
    const startedAt = this.#context.now();
    const old = new OldOutputs(this.#context, task, this.#seenWhenFailed.has(task.name));
    try {
      const { attempt, attempts } = await this.#attempts(task, reason, fingerprinted, { log, old });
      const tookMs = this.#context.now() - startedAt;
      const { findings = {} } = attempt;
      const common = { durationMs: tookMs, attempts, log: name, findings };
      if (attempt.isCancelled) return { ...common, outcome: { outcome: "cancelled" }, cache: notStored("cancelled") };
      if (attempt.failures.length > 0) {
        const failures = await old.putBackAfter(attempt.failures);
        return { ...common, outcome: { outcome: "failed", failures }, cache: notStored("failed") };
      }
      await old.discard();
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
      old.putBack();
    }
  }

  async #attempts(
    task: GraphTask,
    reason: RunReason,
    fingerprinted: Fingerprinted | undefined,
    hearers: Omit<Hearers, "retry">,
  ): Promise<{ attempt: Attempt; attempts: number }> {
    const digest = fingerprinted && testDigest(task.task, fingerprinted.parts);
    const retry = new RetryPolicy(task.task.retry);
    for (let number = 1; ; number++) {
      this.#context.emit({ type: "taskStarted", task: task.name, attempt: number, reason });
      const attempt = await this.#attempt(task, { attempt: number, digest }, { ...hearers, retry });
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
    const lines = new TellingLines(shownLines);
    const redactor = () => this.#redaction?.redactor(task);
    const services = await this.#startServices?.(this.#context, task, place, signal, redactor);
    if (services?.ok === false) return { failures: services.failures, isCancelled: signal.aborted, mayRetry: {} };
    let end: StepsEnd;
    let lost: readonly Failure[];
    try {
      const { variables } = environmentOf(this.#context, task, place.root);
      const all = { ...variables, ...services?.value.variables };
      let isOutOfTheWay = false;
      end = await runSteps(place, task, all, this.#scriptTools, (step) => {
        if (!isOutOfTheWay) hearers.old.clear();
        isOutOfTheWay = true;
        return this.#command(place, task, step, { ...hearers, lines });
      });
    } finally {
      lost = services?.value.lost() ?? [];
      await services?.value.stop();
    }
    if (end.how === "cancelled" || signal.aborted) return { failures: [], isCancelled: true, mayRetry: false };
    if (end.how === "noProgram")
      return { failures: [this.#programMissing(task, end.program)], isCancelled: false, mayRetry: false };
    // The command may have put a link there.
    const outside = [
      ...(await place.bringBack()),
      ...misplacedOutputs(this.#context.projectFolder, task.patterns.outputs),
    ];
    if (outside.length > 0) return { failures: outside, isCancelled: false, mayRetry: false };
    const judged = this.#judge(task, occasion, end, lines);
    // A service that ended is worth telling of only when it may be why the task failed.
    return judged.failures.length === 0 ? judged : { ...judged, failures: [...judged.failures, ...lost] };
  }

  async #command(
    place: Place,
    task: GraphTask,
    { argv, folder, variables }: Prepared,
    { log, retry, lines }: Hearers & { readonly lines: TellingLines },
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
            lines.push(text);
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

  #programMissing(task: GraphTask, program: string): Failure {
    return programMissing(task, program, this.#installers.advice(task, { kind: "program", name: program }));
  }

  #judge(task: GraphTask, occasion: Occasion, end: CommandEnd, lines: TellingLines): Attempt {
    this.#redaction?.redactReports(task);
    const reports = this.#reports?.read(task, occasion) ?? noReports;
    const { missing } = listOutputs(this.#context.projectFolder, task.patterns.outputs);
    const required = requiredOf(task.patterns.outputs, missing);
    const advice = lines.missing && this.#installers.advice(task, lines.missing);
    const evidence = { lines: lines.text(), advice, timeoutMs: timeoutOf(task) };
    const { failures, findings } = judge(task, end, evidence, reports, required);
    const mayRetry = failures.length > 0 && end.how !== "notStarted" && { end };
    return { failures, findings, isCancelled: false, mayRetry };
  }
}

/** What failed is seen by what goes on all the same, and by what cleans up after it. */
function seenWhenFailed(graph: Graph): ReadonlySet<string> {
  const all = [...graph.values()];
  const needed = all.flatMap(({ task, needs }) => (task.always === true ? needs : []));
  return new Set([...needed, ...all.flatMap(({ name, task }) => (task.allowFailure ? [name] : []))]);
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
