import type { Problem } from "../definition/problem.ts";
import type { Failure } from "../errors/failure.ts";
import type { CacheDecision, RunOutcome, RunReason, TaskOutcome } from "../events/event.ts";
import { fileFailure } from "../files/file-failure.ts";
import { type Decision, decide } from "./decide.ts";
import type { Execute, Execution } from "./execute.ts";
import { type Fingerprinted, type NeedDigest, upstreamDigest } from "./fingerprint.ts";
import type { Gathered } from "./gather-inputs.ts";
import type { Graph, GraphTask } from "./graph.ts";
import type { OutputManifest } from "./manifest.ts";
import { restoreHit } from "./restore-hit.ts";
import { isSame } from "./restore-outputs.ts";
import type { RunContext } from "./run-context.ts";
import type { TaskRecord } from "./run-record.ts";
import { Schedule, type Skipped } from "./schedule.ts";

/** What became of a task. */
export interface TaskRun {
  readonly record: TaskRecord;
  readonly fingerprint?: string;
  /** What it wrote; absent when it did not succeed, or when its outputs cannot be described. */
  readonly outputs?: OutputManifest;
  /** Empty unless it failed. */
  readonly failures: readonly Failure[];
}

/** Finds the places of problems in the definition. */
export type Locate = (problems: readonly Problem[]) => Promise<readonly Failure[]> | readonly Failure[];

export interface PipelineRunOptions {
  readonly context: RunContext;
  /** The selected tasks. */
  readonly graph: Graph;
  readonly concurrency: number;
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
  #execute: Promise<Execute> | undefined;
  /** Once a command has run, the walk at the beginning says nothing about what the disk is like now. */
  #isDiskTouched = false;
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
    if (signal.aborted) cancel();
    this.#pump();
    await this.#done.promise;
    signal.removeEventListener("abort", cancel);
    if (this.#bug !== undefined) throw this.#bug.error;
    const results = [...this.#runs.values()].map(({ record }) => record.result.result);
    if (results.every((result) => result === "hit" || result === "succeeded")) return "succeeded";
    return signal.aborted ? "cancelled" : "failed";
  }

  #pump(): void {
    for (let name = this.#schedule.start(); name !== undefined; name = this.#schedule.start()) {
      const task = this.#options.graph.get(name)!;
      this.#one(task).then(
        (run) => this.#finish(task, run),
        (error: unknown) => this.#fail(task, error),
      );
    }
    if (this.#schedule.isDone) this.#done.resolve();
  }

  #finish(task: GraphTask, run: TaskRun): void {
    this.#runs.set(task.name, run);
    const { result } = run.record.result;
    this.#skip(this.#schedule.finish(task.name, result === "hit" || result === "succeeded"));
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
    if (this.#schedule.isDone) this.#done.resolve();
  }

  #skip(skipped: readonly Skipped[]): void {
    for (const { task: name, need } of skipped) {
      const { stage, needs } = this.#options.graph.get(name)!;
      const result = { result: "skipped", ...(need !== undefined && { need }) } as const;
      this.#runs.set(name, { record: { stage, needs, result }, failures: [] });
      const because = need === undefined ? { reason: "cancelled" as const } : { reason: "needFailed" as const, need };
      this.#context.emit({ type: "taskSkipped", task: name, because });
    }
  }

  async #one(task: GraphTask): Promise<TaskRun> {
    try {
      return await this.#decideAndDo(task);
    } catch (error) {
      const failure = fileFailure(error);
      if (failure === undefined) throw error;
      return this.#impossible(task, [failure]);
    }
  }

  async #decideAndDo(task: GraphTask): Promise<TaskRun> {
    const needs = task.needs.map((name) => this.#needs.get(name));
    const decision = await this.#decide(task, needs);
    if (decision.kind === "impossible") return this.#impossible(task, await this.#options.locate(decision.problems));
    if (decision.fingerprinted) this.#saveLast(task, decision.fingerprinted, decision.kind);
    const run = decision.kind === "hit" ? await this.#restore(task, decision) : await this.#run(task, decision);
    const upstream = needs.includes(undefined) ? undefined : upstreamDigest(needs as NeedDigest[]);
    if (run.outputs !== undefined && upstream !== undefined)
      this.#needs.set(task.name, { name: task.name, outputs: run.outputs.digest, upstream });
    return run;
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

  async #restore(task: GraphTask, hit: Extract<Decision, { kind: "hit" }>): Promise<TaskRun> {
    if (isSame(hit.difference)) return this.#hit(task, hit, 0);
    await this.#loadExecute();
    this.#context.tools.forget();
    const restored = await restoreHit(this.#context, task, hit.entry, hit.difference);
    if (restored.how === "done") return this.#hit(task, hit, restored.files);
    if (restored.how === "failed") return this.#impossible(task, restored.failures);
    this.#context.cache.forget(hit.fingerprinted.fingerprint);
    const reason = { reason: "damagedEntry", part: `output:${restored.path}` } as const;
    return await this.#run(task, { kind: "run", reason, fingerprinted: hit.fingerprinted });
  }

  #hit(task: GraphTask, { entry, fingerprinted }: Extract<Decision, { kind: "hit" }>, restored: number): TaskRun {
    const { fingerprint } = fingerprinted;
    const savedMs = entry.durationMs;
    const tests = entry.tests && { tests: entry.tests };
    this.#context.emit({ type: "taskHit", task: task.name, fingerprint, restored, savedMs, ...tests });
    const result = { result: "hit", restored, savedMs } as const;
    const outputs = entry.outputs.digest;
    const record = { ...head(task), fingerprint, result, outputs, log: { blob: entry.log }, ...tests };
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
    const { outcome, cache, durationMs, attempts, outputs } = execution;
    const tests = execution.tests && { tests: execution.tests };
    this.#context.emit({ type: "taskFinished", task: task.name, outcome, durationMs, cache, ...tests });
    const failures = failuresOf(outcome);
    const result = { result: outcome.outcome, reason, durationMs, attempts, cache, failures };
    const fingerprint = fingerprinted && { fingerprint: fingerprinted.fingerprint };
    const digest = outputs && { outputs: outputs.digest };
    const record = { ...head(task), ...fingerprint, result, ...digest, ...tests, log: { file: execution.log } };
    return { record, ...fingerprint, ...(outputs && { outputs }), failures };
  }

  /** Failed without having been run. */
  #impossible(task: GraphTask, failures: readonly Failure[]): TaskRun {
    const cache: CacheDecision = { stored: false, because: "failed" };
    const outcome: TaskOutcome = { outcome: "failed", failures };
    this.#context.emit({ type: "taskFinished", task: task.name, outcome, durationMs: 0, cache });
    const reason: RunReason = { reason: "firstTime" };
    const result = { result: "failed", reason, durationMs: 0, attempts: 0, cache, failures } as const;
    return { record: { ...head(task), result }, failures };
  }

  #loadExecute(): Promise<Execute> {
    this.#execute ??= this.#options.loadExecute();
    return this.#execute;
  }
}

function head({ stage, needs }: GraphTask): Pick<TaskRecord, "stage" | "needs"> {
  return { stage, needs };
}

function failuresOf(outcome: TaskOutcome): readonly Failure[] {
  return outcome.outcome === "failed" ? outcome.failures : [];
}
