import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { DiskBlobStore } from "../blobs/disk/disk-blob-store.ts";
import type { Problem } from "../definition/problem.ts";
import type { Project } from "../definition/types.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Emit, RunOutcome } from "../events/event.ts";
import { fileFailure } from "../files/file-failure.ts";
import { markPrefix } from "./environment.ts";
import type { Execute } from "./execute.ts";
import { FileIndex } from "./file-index.ts";
import { InputFinder } from "./gather-inputs.ts";
import { checkedOutCommit } from "./git-commit.ts";
import { buildGraph, type Graph } from "./graph.ts";
import { findConflicts } from "./output-conflicts.ts";
import { type Locate, PipelineRun, type TaskRun } from "./pipeline-run.ts";
import { readProjectKey } from "./project-key.ts";
import { ResultCache } from "./result-cache.ts";
import type { RunContext } from "./run-context.ts";
import { acquireRunLock } from "./run-lock.ts";
import { forgetOldRuns, nextRun, type RunRecord, saveRun } from "./run-record.ts";
import { countsOf, inOrder, openTasks, plannedTasks, recordsOf } from "./run-summary.ts";
import { selectTasks } from "./selection.ts";
import { type PipelinePaths, pipelinePaths, prepareStateFolder } from "./state-folder.ts";
import { ToolIdentities } from "./tools.ts";

export interface RunOptions {
  readonly projectFolder: string;
  /** Default: `.tidegate` in the project. */
  readonly stateFolder?: string;
  readonly project: Project;
  /** These and what they need; everything when empty or absent. */
  readonly tasks?: readonly string[];
  /** How many tasks may run at the same time. Default: one per processor. */
  readonly concurrency?: number;
  /** true: run everything, whatever is cached. */
  readonly force?: boolean;
  /** The caller's environment; a task sees the part of it that `taskEnvironment` lets through. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly emit: Emit;
  /** Aborted: running tasks are ended with all their processes, nothing more is started. */
  readonly signal?: AbortSignal;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
  /** Default: failures have no place. */
  readonly locate?: Locate;
  /** Called when another run of the project is under way, which this one waits for. */
  readonly onWaiting?: () => void;
}

export interface RunResult {
  readonly run: string;
  readonly outcome: RunOutcome;
  /** The selected tasks, in the graph's order. */
  readonly tasks: Readonly<Record<string, TaskRun>>;
  /** What Tidegate could not write about the run (record, index); results are not affected. */
  readonly troubles: readonly Failure[];
}

/**
 * Runs a pipeline. A task that fails is a result (`outcome: "failed"`); this fails only when the definition or the call
 * is wrong, then before anything is touched, or when the state folder cannot be used. When the signal is aborted before
 * the run could begin it fails with `interrupted`.
 */
export async function runPipeline(options: RunOptions): Promise<Result<RunResult>> {
  try {
    return await prepareAndRun(options);
  } catch (error) {
    const failure = fileFailure(error);
    if (failure === undefined) throw error;
    return failed(failure);
  }
}

async function prepareAndRun(options: RunOptions): Promise<Result<RunResult>> {
  const projectFolder = resolve(options.projectFolder);
  const locate = options.locate ?? withoutPlaces;
  const { graph, problems } = buildGraph(options.project.pipeline);
  const wrong = [...problems, ...findConflicts(graph)];
  if (wrong.length > 0) return failed(...(await locate(wrong)));
  const selected = selectTasks(graph, options.tasks ?? []);
  if (!selected.ok) return selected;
  const paths = pipelinePaths(resolve(options.stateFolder ?? join(projectFolder, ".tidegate")));
  prepareStateFolder(paths.root);
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const markName = `${markPrefix}${randomBytes(8).toString("hex")}`;
  const lock = await acquireRunLock({ ...options, runningFolder: paths.running, markName, signal });
  if (lock === undefined) return failed({ code: "interrupted", message: "The run was interrupted before it began" });
  try {
    if (hasNotes(paths)) await (await import("./runner/leftovers.ts")).endLeftovers(paths.root);
    return await runLocked({
      options,
      projectFolder,
      paths,
      graph,
      selected: selected.value,
      signal,
      markName,
      locate,
      stop,
    });
  } finally {
    lock.release();
  }
}

interface Prepared {
  readonly options: RunOptions;
  readonly projectFolder: string;
  readonly paths: PipelinePaths;
  readonly graph: Graph;
  readonly selected: Graph;
  readonly signal: AbortSignal;
  readonly stop: AbortController;
  readonly markName: string;
  readonly locate: Locate;
}

async function runLocked(prepared: Prepared): Promise<Result<RunResult>> {
  const { options, projectFolder, paths, graph, selected, locate, stop } = prepared;
  const inputs = new InputFinder(projectFolder, graph);
  const gathered = inputs.gather(selected.values());
  const problems = [...gathered.values()].flatMap((each) => each.problems);
  if (problems.length > 0) return failed(...(await locate(problems)));
  const context = contextOf(prepared, inputs);
  const concurrency = Math.max(1, options.concurrency ?? availableParallelism());
  const startedAt = context.now();
  const base = baseRecord(prepared, context, concurrency, startedAt);
  const loadExecute = async () => {
    saveRun(paths.runs, { ...base, tasks: openTasks(selected) });
    return await loadExecution(context, selected);
  };
  const abort = () => stop.abort();
  const run = new PipelineRun({ context, graph: selected, concurrency, gathered, loadExecute, locate, abort });
  context.emit({ type: "runStarted", run: context.run, tasks: plannedTasks(selected), concurrency });
  const outcome = await run.toEnd();
  const durationMs = context.now() - startedAt;
  const tasks = inOrder(selected, run.runs);
  const troubles = save(context, { ...base, outcome, durationMs, tasks: recordsOf(tasks) });
  context.emit({ type: "runFinished", run: context.run, outcome, durationMs, counts: countsOf(tasks) });
  return ok({ run: context.run, outcome, tasks, troubles });
}

function contextOf({ options, projectFolder, paths, signal, markName }: Prepared, inputs: InputFinder): RunContext {
  const index = FileIndex.open(paths.index);
  return {
    run: nextRun(paths.runs),
    projectFolder,
    paths,
    environment: options.environment,
    force: options.force ?? false,
    emit: options.emit,
    now: options.now ?? Date.now,
    signal,
    markName,
    index,
    cache: new ResultCache(paths, new DiskBlobStore(paths.blobs, { durable: false })),
    key: readProjectKey(paths.key),
    tools: new ToolIdentities(index, projectFolder),
    inputs,
  };
}

/** Everything that is still to be loaded, at once: afterwards a task may replace the folder that Tidegate is in. */
async function loadExecution(context: RunContext, graph: Graph): Promise<Execute> {
  const hasReports = [...graph.values()].some(({ patterns }) => patterns.junit.length > 0);
  const junit = hasReports ? (await import("./reports/junit.ts")).readJunit : undefined;
  const { Execute } = await import("./execute.ts");
  return new Execute(context, junit);
}

function baseRecord(
  { options, projectFolder }: Prepared,
  { run, force }: RunContext,
  concurrency: number,
  startedAt: number,
): Omit<RunRecord, "tasks"> {
  const commit = checkedOutCommit(projectFolder);
  const asked = options.tasks ?? [];
  return { schema: 1, run, startedAt, ...(commit !== undefined && { commit }), asked, force, concurrency };
}

/** Each is tried, whatever became of the others: a full disk must not hide how the run ended. */
function save(context: RunContext, record: RunRecord): Failure[] {
  const { index, paths } = context;
  const work = [() => saveRun(paths.runs, record), () => index.save(), () => forgetOldRuns(paths.runs)];
  return work.flatMap((each) => {
    try {
      each();
      return [];
    } catch (error) {
      const failure = fileFailure(error);
      if (failure === undefined) throw error;
      return [failure];
    }
  });
}

function hasNotes({ running }: PipelinePaths): boolean {
  return readdirSync(running).some((name) => name.endsWith(".json"));
}

function withoutPlaces(problems: readonly Problem[]): Failure[] {
  return problems.map(({ code, message, hint }) => ({ code, message, ...(hint !== undefined && { hint }) }));
}
