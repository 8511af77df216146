import {
  digestOfParts,
  type Fingerprinted,
  type NeedDigest,
  upstreamDigest,
} from "../../cache/fingerprint/fingerprint.ts";
import { isSame } from "../../cache/outputs/restore-outputs.ts";
import type { TaskRecord } from "../../cache/runs/run-record.ts";
import type { Failure } from "../../errors/failure.ts";
import type {
  CacheDecision,
  RunOutcome,
  RunReason,
  SelectionReason,
  TaskOutcome,
  UnmetCondition,
} from "../../events/event.ts";
import { fileFailure } from "../../files/file-failure.ts";
import type { Graph, GraphTask } from "../../graph/graph.ts";
import { type Gathered, inputParts } from "../../inputs/gather-inputs.ts";
import type { Part } from "../../inputs/part.ts";
import type { RunContext } from "../../runner/run-context.ts";
import type { EarlierSuccess, Locate, TaskRun } from "../task-run.ts";
import { type Decision, decide } from "./decide.ts";
import type { Execute, Execution } from "./execute-task.ts";
import { replayLog, restoreHit } from "./restore-hit.ts";
import { Schedule, type Skipped } from "./schedule.ts";
import { unusableOutput } from "./task-failures.ts";
import { isAllowed, isFine, skipReason, withAllowance } from "./task-outcome.ts";

export interface PipelineRunOptions {
  readonly context: RunContext;
  /** The selected tasks. */
  readonly graph: Graph;
  readonly concurrency: number;
  /** For each task whose condition does not hold, why. */
  readonly unmet: ReadonlyMap<string, readonly UnmetCondition[]>;
  /** Why tasks are among the selected ones, as far as there is something to say. */
  readonly selected: ReadonlyMap<string, SelectionReason>;
  /** Of tasks that are never cached: see `RunOptions`. */
  readonly unaffected?: ReadonlyMap<string, EarlierSuccess> | undefined;
  /** Inputs as they were when the run began. */
  readonly gathered: ReadonlyMap<string, Gathered>;
  /** Loads what is needed to restore or run. Called before the first output is touched, and then never again. */
  readonly loadExecute: () => Promise<Execute>;
  readonly locate: Locate;
  /** Aborts the context's signal. */
  readonly abort: () => void;
}

/** One execution of the selected tasks, from the first decision to the last result. */
export class PipelineRun {
  readonly #context: RunContext;
  readonly #options: PipelineRunOptions;
  readonly #schedule: Schedule;
  readonly #runs = new Map<string, TaskRun>();
  readonly #needs = new Map<string, NeedDigest>();
  /** The parts of inputs that a decision was made with. */
  readonly #inputs = new Map<string, readonly Part[]>();
  /** Tasks that left everything as it was. */
  readonly #unchanged = new Set<string>();
  #execute: Promise<Execute> | undefined;
  /** Once a command has run, the walk at the beginning says nothing about what the disk is like now. */
  #isDiskTouched = false;
  readonly #queued = new Map<string, NonNullable<TaskRecord["queued"]>>();
  readonly #done = Promise.withResolvers<void>();
  #bug: { readonly error: unknown } | undefined;

  constructor(options: PipelineRunOptions) {
    this.#options = options;
    this.#context = options.context;
    this.#schedule = new Schedule(options.graph, options.concurrency);
  }

  /** What is known so far; tasks without a result are left out. */
  get runs(): ReadonlyMap<string, TaskRun> {
    return this.#runs;
  }

  /** Runs to the end. An unexpected error is thrown only when nothing runs any more. */
  async toEnd(): Promise<RunOutcome> {
    const { signal } = this.#context;
    const cancel = () => this.#cancel();
    signal.addEventListener("abort", cancel);
    for (const name of this.#options.unmet.keys()) this.#skip(this.#schedule.exclude(name));
    if (signal.aborted) cancel();
    this.#pump();
    await this.#done.promise;
    signal.removeEventListener("abort", cancel);
    if (this.#bug !== undefined) throw this.#bug.error;
    if ([...this.#runs.values()].every(({ record }) => isFine(record.result))) return "succeeded";
    return signal.aborted ? "cancelled" : "failed";
  }

  #pump(): void {
    for (let name = this.#schedule.start(); name !== undefined; name = this.#schedule.start()) {
      const task = this.#options.graph.get(name)!;
      this.#one(task).then(
        (run) => (run === undefined ? this.#pump() : this.#finish(task, run)),
        (error: unknown) => this.#fail(task, error),
      );
    }
    if (this.#schedule.isDone) this.#done.resolve();
  }

  #finish(task: GraphTask, run: TaskRun): void {
    this.#runs.set(task.name, run);
    this.#skip(this.#schedule.finish(task.name, isFine(run.record.result)));
    this.#pump();
  }

  #fail(task: GraphTask, error: unknown): void {
    this.#bug ??= { error };
    this.#schedule.finish(task.name, false);
    this.#options.abort();
    this.#cancel();
    this.#pump();
  }

  #cancel(): void {
    this.#skip(this.#schedule.cancel());
    this.#pump();
  }

  #skip(skipped: readonly Skipped[]): void {
    for (const each of skipped) {
      const because = skipReason(each, this.#options.unmet);
      const result = { result: "skipped", because } as const;
      this.#runs.set(each.task, {
        record: { ...this.#head(this.#options.graph.get(each.task)!), result },
        failures: [],
      });
      this.#context.emit({ type: "taskSkipped", task: each.task, because });
    }
  }

  /** `undefined`: it waits for a place in a concurrency group, and will be started again. */
  async #one(task: GraphTask): Promise<TaskRun | undefined> {
    try {
      return await this.#decideAndDo(task);
    } catch (error) {
      const failure = fileFailure(error) ?? unusableOutput(this.#context.projectFolder, task.name, error);
      if (failure === undefined) throw error;
      return this.#impossible(task, [failure]);
    }
  }

  async #decideAndDo(task: GraphTask): Promise<TaskRun | undefined> {
    const needs = task.needs.map((name) => this.#needs.get(name));
    const run = this.#unaffected(task) ?? (await this.#look(task, needs));
    const upstream = needs.includes(undefined) ? undefined : upstreamDigest(needs as NeedDigest[]);
    if (run?.outputs !== undefined && upstream !== undefined)
      this.#needs.set(task.name, { name: task.name, outputs: run.outputs.digest, ...this.#reads(task), upstream });
    return run;
  }

  /**
   * A task that says to write nothing says that something holds of what it read, and who needs it reads that, too: as a
   * package is read that needs no build.
   */
  #reads(task: GraphTask): Pick<NeedDigest, "reads"> {
    if (task.patterns.inputs === undefined || (task.task.outputs ?? []).length > 0) return {};
    return { reads: digestOfParts(this.#inputs.get(task.name) ?? this.#readNow(task)) };
  }

  #readNow(task: GraphTask): readonly Part[] {
    const gathered = this.#gathered(task);
    return gathered === undefined ? [] : inputParts(this.#context.projectFolder, gathered, this.#context.index).parts;
  }

  async #look(task: GraphTask, needs: readonly (NeedDigest | undefined)[]): Promise<TaskRun | undefined> {
    const decision = await this.#decide(task, needs);
    if (decision.kind === "impossible") return this.#impossible(task, await this.#options.locate(decision.problems));
    if (decision.kind === "run" && this.#isQueued(task)) return undefined;
    if (decision.fingerprinted) {
      this.#saveLast(task, decision.fingerprinted, decision.kind);
      const { parts } = decision.fingerprinted;
      this.#inputs.set(
        task.name,
        parts.filter(([name]) => name.startsWith("input:")),
      );
    }
    return decision.kind === "hit" ? await this.#restore(task, decision) : await this.#run(task, decision);
  }

  /** Only as long as nothing has happened to what it needs either. */
  #unaffected(task: GraphTask): TaskRun | undefined {
    const earlier = this.#options.unaffected?.get(task.name);
    if (earlier === undefined || !task.needs.every((name) => this.#unchanged.has(name))) return undefined;
    const because = { reason: "unaffected", run: earlier.run } as const;
    this.#unchanged.add(task.name);
    this.#context.emit({ type: "taskSkipped", task: task.name, because });
    const record = { ...this.#head(task), result: { result: "skipped", because } } as const;
    return { record, ...(earlier.outputs && { outputs: earlier.outputs }), failures: [] };
  }

  /** What comes from the cache needs no place; what was decided is decided again when there is one. */
  #isQueued({ name }: GraphTask): boolean {
    const full = this.#schedule.enter(name);
    if (full === undefined) return false;
    if (!this.#queued.has(name))
      this.#context.emit({ type: "taskQueued", task: name, group: full.name, limit: full.limit });
    this.#queued.set(name, { group: full.name, limit: full.limit });
    return true;
  }

  async #decide(task: GraphTask, needs: readonly (NeedDigest | undefined)[]): Promise<Decision> {
    const unknown = needs.indexOf(undefined);
    const gathered = this.#gathered(task);
    const isCacheable = gathered !== undefined && gathered.problems.length === 0 && task.task.cache !== false;
    if (unknown === -1 || !isCacheable) return await decide(this.#context, task, gathered, needs as NeedDigest[]);
    const part = `need:${task.needs[unknown]}`;
    return { kind: "run", reason: { reason: "changed", part, after: "unknown", others: 0 } };
  }

  #gathered(task: GraphTask): Gathered | undefined {
    if (!this.#isDiskTouched) return this.#options.gathered.get(task.name);
    this.#context.tools.forget();
    return this.#context.inputs.gather([task]).get(task.name);
  }

  /** `last` tells the next run what changed; a hit's is written only if it is another one than before. */
  #saveLast(task: GraphTask, { fingerprint, parts }: Fingerprinted, kind: Decision["kind"]): void {
    try {
      this.#context.cache.saveLast(task.name, fingerprint, parts);
    } catch (error) {
      if (kind === "run" || fileFailure(error) === undefined) throw error;
    }
  }

  async #restore(task: GraphTask, hit: Extract<Decision, { kind: "hit" }>): Promise<TaskRun | undefined> {
    if (isSame(hit.difference)) return await this.#hit(task, hit, 0);
    await this.#loadExecute();
    const restored = await restoreHit(this.#context, task, hit.entry, hit.difference);
    const { remove, write } = hit.difference;
    this.#context.tools.forgetWritten([...remove, ...write.map(({ path }) => path)]);
    if (restored.how === "done") return await this.#hit(task, hit, restored.files);
    if (restored.how === "failed") return this.#impossible(task, restored.failures);
    this.#context.cache.forget(hit.fingerprinted.fingerprint);
    const reason = { reason: "damagedEntry", part: `output:${restored.path}` } as const;
    if (this.#isQueued(task)) return undefined;
    return await this.#run(task, { kind: "run", reason, fingerprinted: hit.fingerprinted });
  }

  async #hit(
    task: GraphTask,
    { entry, fingerprinted }: Extract<Decision, { kind: "hit" }>,
    restored: number,
  ): Promise<TaskRun> {
    const { fingerprint } = fingerprinted;
    const { cache, emit, replay } = this.#context;
    if (replay) await replayLog(task.name, entry, cache.blobs, emit);
    const savedMs = entry.durationMs;
    if (restored === 0) this.#unchanged.add(task.name);
    const tests = {
      ...(entry.tests && { tests: entry.tests }),
      ...(entry.coverage && { coverage: entry.coverage }),
    };
    this.#context.emit({ type: "taskHit", task: task.name, fingerprint, restored, savedMs, ...tests });
    const result = { result: "hit", restored, savedMs } as const;
    const outputs = entry.outputs.digest;
    const record = { ...this.#head(task), fingerprint, result, outputs, log: { blob: entry.log }, ...tests };
    return { record, fingerprint, outputs: entry.outputs, failures: [] };
  }

  async #run(task: GraphTask, { reason, fingerprinted }: Extract<Decision, { kind: "run" }>): Promise<TaskRun> {
    const execute = await this.#loadExecute();
    this.#isDiskTouched = true;
    const execution = await execute.task(task, reason, fingerprinted);
    return this.#finished(task, reason, fingerprinted, execution);
  }

  #finished(
    task: GraphTask,
    reason: RunReason,
    fingerprinted: Fingerprinted | undefined,
    execution: Execution,
  ): TaskRun {
    const outcome = withAllowance(task, execution.outcome);
    const { cache, durationMs, attempts, outputs, findings } = execution;
    const { failing: _, failingFiles: __, ...said } = findings;
    this.#context.emit({ type: "taskFinished", task: task.name, outcome, durationMs, cache, ...said });
    const failures = failuresOf(outcome);
    const allowed = isAllowed(outcome) ? ({ allowed: true } as const) : {};
    const result = { result: outcome.outcome, reason, durationMs, attempts, cache, failures, ...allowed };
    const fingerprint = fingerprinted && { fingerprint: fingerprinted.fingerprint };
    const digest = outputs && { outputs: outputs.digest };
    const record = {
      ...this.#head(task),
      ...fingerprint,
      result,
      ...digest,
      ...findings,
      log: { file: execution.log },
    };
    return { record, ...fingerprint, ...(outputs && { outputs }), failures: isAllowed(outcome) ? [] : failures };
  }

  /** Failed without having been run. */
  #impossible(task: GraphTask, failures: readonly Failure[]): TaskRun {
    const cache: CacheDecision = { stored: false, because: "failed" };
    const outcome = withAllowance(task, { outcome: "failed", failures });
    const allowed = isAllowed(outcome) ? ({ allowed: true } as const) : {};
    this.#context.emit({ type: "taskFinished", task: task.name, outcome, durationMs: 0, cache });
    const reason: RunReason = { reason: "firstTime" };
    const result = { result: "failed", reason, durationMs: 0, attempts: 0, cache, failures, ...allowed } as const;
    return { record: { ...this.#head(task), result }, failures: isAllowed(outcome) ? [] : failures };
  }

  #head({ name, stage, needs }: GraphTask): Pick<TaskRecord, "stage" | "needs" | "selected" | "queued"> {
    const selected = this.#options.selected.get(name);
    const queued = this.#queued.get(name);
    return { stage, needs, ...(selected && { selected }), ...(queued && { queued }) };
  }

  #loadExecute(): Promise<Execute> {
    this.#execute ??= this.#options.loadExecute();
    return this.#execute;
  }
}

function failuresOf(outcome: TaskOutcome): readonly Failure[] {
  return outcome.outcome === "failed" ? outcome.failures : [];
}
