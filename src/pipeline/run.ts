import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { DiskBlobStore } from "../blobs/disk/disk-blob-store.ts";
import type { Problem } from "../definition/problem.ts";
import type { ConfinementLevel, Project } from "../definition/types.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Emit, RunOutcome } from "../events/event.ts";
import { fileFailure } from "../files/file-failure.ts";
import { type Chosen, chooseTasks, type Wanted } from "./choose-tasks.ts";
import { limitsOf } from "./collect/limits.ts";
import { tidyIfDue } from "./collect/tidy.ts";
import { removeLeftStages } from "./confine/stages.ts";
import { markPrefix } from "./environment.ts";
import type { Execute } from "./execute.ts";
import { FileIndex } from "./file-index.ts";
import { type Gathered, InputFinder } from "./gather-inputs.ts";
import { checkedOutCommit } from "./git-commit.ts";
import type { Graph } from "./graph.ts";
import { findConflicts } from "./output-conflicts.ts";
import { type EarlierSuccess, type Locate, PipelineRun, type TaskRun } from "./pipeline-run.ts";
import { PreviousRuns } from "./previous-runs.ts";
import { projectGraph } from "./project-graph.ts";
import { readProjectKey } from "./project-key.ts";
import type { ReportReader } from "./reports/report-reader.ts";
import { ResultCache } from "./result-cache.ts";
import type { RunContext } from "./run-context.ts";
import { digestRun } from "./run-digest.ts";
import { acquireRunLock } from "./run-lock.ts";
import { forgetOldRuns, nextRun, type RunRecord, saveRun } from "./run-record.ts";
import { countsOf, inOrder, openTasks, plannedTasks, recordsOf } from "./run-summary.ts";
import { NoteFiles } from "./runner/note-files.ts";
import { type StandingRequest, StandingWatch } from "./standing/keep-standing.ts";
import type { Looks } from "./standing/looks.ts";
import { type PipelinePaths, pipelinePaths, prepareStateFolder } from "./state-folder.ts";
import { withoutShard } from "./tests/failed-last.ts";
import { hasTests } from "./tests/has-tests.ts";
import type { ShardPlan } from "./tests/shard-plan.ts";
import { ToolIdentities } from "./tools.ts";

export interface RunOptions extends Wanted {
  readonly projectFolder: string;
  /** Default: `.tidegate` in the project. */
  readonly stateFolder?: string;
  readonly project: Project;
  /** Of these tasks only these test files: see `failedLast`. Default: all. */
  readonly onlyFiles?: ReadonlyMap<string, readonly string[]>;
  /** The `TRACEPARENT` that a task is given, when there is a trace of the run. */
  readonly traceOf?: (task: string) => string;
  /** true: what tasks wrote that come from the cache is told again. */
  readonly replay?: boolean;
  /** How many tasks may run at the same time. Default: one per processor. */
  readonly concurrency?: number;
  /** true: run everything, whatever is cached. */
  readonly force?: boolean;
  /** The least that every task is confined. Default: `declared`. */
  readonly confine?: ConfinementLevel;
  /** true: run the tasks that were asked for, and observe what they read and write. */
  readonly audit?: boolean;
  /**
   * Tasks that would always run, with a success of theirs: the caller watches the sources and has seen no change of what
   * they read. Default: none.
   */
  readonly unaffected?: ReadonlyMap<string, EarlierSuccess>;
  readonly emit: Emit;
  /** Aborted: running tasks are ended with all their processes, nothing more is started. */
  readonly signal?: AbortSignal;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
  /** Default: failures have no place. */
  readonly locate?: Locate;
  /** Called when another run of the project is under way, which this one waits for. */
  readonly onWaiting?: () => void;
  /** When the run turns out to be nothing but hits, keep what makes it certain that the next one will be. */
  readonly standing?: StandingRequest;
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

async function prepareAndRun(given: RunOptions): Promise<Result<RunResult>> {
  const watch = given.standing && new StandingWatch(given.standing);
  const options = watch === undefined ? given : { ...given, emit: watch.watch(given.emit) };
  const projectFolder = resolve(options.projectFolder);
  const locate = options.locate ?? withoutPlaces;
  const paths = pipelinePaths(resolve(options.stateFolder ?? join(projectFolder, ".tidegate")));
  const { graph, problems, packages, plans, keepPlans } = await expandedGraph(
    options,
    projectFolder,
    paths,
    watch?.looks,
  );
  const wrong = [...problems, ...findConflicts(graph)];
  if (wrong.length > 0) return failed(...(await locate(wrong)));
  const asked = options.tasks?.map((name) => (graph.has(name) ? name : withoutShard(name)));
  const chosen = await chooseTasks(graph, packages, projectFolder, { ...options, ...(asked && { tasks: asked }) });
  if (!chosen.ok) return chosen;
  prepareStateFolder(paths.root);
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const markName = `${markPrefix}${randomBytes(8).toString("hex")}`;
  const lock = await acquireRunLock({ ...options, runningFolder: paths.running, markName, signal });
  if (lock === undefined) return failed({ code: "interrupted", message: "The run was interrupted before it began" });
  try {
    if (hasNotes(paths)) await (await import("./runner/leftovers.ts")).endLeftovers(paths.root);
    removeLeftStages(paths.stages);
    keepPlans();
    const prepared: Prepared = {
      options,
      projectFolder,
      paths,
      graph,
      selected: chosen.value.tasks,
      chosen: chosen.value,
      signal,
      markName,
      locate,
      stop,
      plans,
      mayCollect: lock.isOwn,
      watch,
    };
    return await runLocked(prepared);
  } finally {
    lock.release();
  }
}

/** The graph with test files and shards in their places; looked for only when the definition asks for them. */
async function expandedGraph(
  { project, onlyFiles }: RunOptions,
  projectFolder: string,
  { shards }: PipelinePaths,
  looks: Looks | undefined,
) {
  const { graph, problems, packages } = projectGraph(project, projectFolder, looks);
  if (!hasTests(graph))
    return { graph, problems, packages, plans: new Map<string, ShardPlan>(), keepPlans: () => undefined };
  const { expandTests, keepPlans } = await import("./tests/expand-graph.ts");
  const only = onlyFiles && { only: onlyFiles };
  const expanded = expandTests(graph, { projectFolder, shardsFolder: shards, ...only });
  const all = [...problems, ...expanded.problems];
  return { ...expanded, packages, problems: all, keepPlans: () => keepPlans(shards, expanded.plans) };
}

interface Prepared {
  readonly options: RunOptions;
  readonly projectFolder: string;
  readonly paths: PipelinePaths;
  readonly graph: Graph;
  readonly selected: Graph;
  readonly chosen: Chosen;
  readonly signal: AbortSignal;
  readonly stop: AbortController;
  readonly markName: string;
  readonly locate: Locate;
  /** Which shard each test file is in, by task. */
  readonly plans: ReadonlyMap<string, ShardPlan>;
  /** Whether no other run can be under way, not even one that this one is part of. */
  readonly mayCollect: boolean;
  readonly watch: StandingWatch | undefined;
}

async function runLocked(prepared: Prepared): Promise<Result<RunResult>> {
  const { options, projectFolder, paths, graph, selected, locate, stop } = prepared;
  const inputs = new InputFinder(projectFolder, graph, prepared.watch?.looks);
  const gathered = inputs.gather(selected.values());
  const problems = [...gathered.values()].flatMap((each) => each.problems);
  if (problems.length > 0) return failed(...(await locate(problems)));
  const context = contextOf(prepared, inputs, gathered);
  const concurrency = Math.max(1, options.concurrency ?? availableParallelism());
  const startedAt = context.now();
  const base = baseRecord(prepared, context, concurrency, startedAt);
  let reports: ReportReader | undefined;
  const loadExecute = async () => {
    saveRun(paths.runs, { ...base, tasks: openTasks(selected) });
    reports = await loadReports(context, selected);
    return await loadExecution(context, selected, reports);
  };
  const abort = () => stop.abort();
  const { unmet, reasons } = prepared.chosen;
  const choice = { graph: selected, unmet, selected: reasons };
  const run = new PipelineRun({
    ...choice,
    unaffected: options.unaffected,
    context,
    concurrency,
    gathered,
    loadExecute,
    locate,
    abort,
  });
  context.emit({ type: "runStarted", run: context.run, tasks: plannedTasks(selected), concurrency });
  for (const [task, because] of reasons) context.emit({ type: "taskSelected", task, because });
  const outcome = await run.toEnd().finally(() => {
    context.notes.close();
    reports?.finish(prepared.plans);
  });
  const durationMs = context.now() - startedAt;
  const tasks = inOrder(selected, run.runs);
  const troubles = save(
    context,
    { ...base, outcome, durationMs, tasks: recordsOf(tasks) },
    tidyAfter(prepared, context),
  );
  if (outcome === "failed") context.emit({ type: "runDigest", run: context.run, ...digestRun(tasks) });
  context.emit({ type: "runFinished", run: context.run, outcome, durationMs, counts: countsOf(tasks) });
  const { environment, cache, key } = context;
  const record = { ...base, outcome, durationMs, tasks: recordsOf(tasks) };
  prepared.watch?.keep({ projectFolder, paths, environment, graph: selected, cache, key, record });
  return ok({ run: context.run, outcome, tasks, troubles: [...troubles, ...(reports?.troubles ?? [])] });
}

function contextOf(prepared: Prepared, inputs: InputFinder, gathered: ReadonlyMap<string, Gathered>): RunContext {
  const { options, projectFolder, paths, selected, signal, markName } = prepared;
  let ignored: ReturnType<RunContext["ignored"]> | undefined;
  const index = FileIndex.open(paths.index);
  const run = nextRun(paths.runs);
  return {
    run,
    projectFolder,
    paths,
    environment: options.environment,
    force: options.force ?? false,
    ...(options.traceOf && { traceOf: options.traceOf }),
    replay: options.replay ?? false,
    emit: options.emit,
    now: options.now ?? Date.now,
    signal,
    cleanUpSignal: prepared.stop.signal,
    markName,
    notes: new NoteFiles(paths.running, run),
    index,
    cache: new ResultCache(paths, new DiskBlobStore(paths.blobs, { durable: false })),
    key: readProjectKey(paths.key),
    tools: new ToolIdentities(index, projectFolder, prepared.watch?.looks),
    looks: prepared.watch?.looks,
    inputs,
    previous: new PreviousRuns(paths.runs, run),
    ignored: () => {
      // Something has to run: while git looks, what runs it is loaded.
      ignored ??= Promise.all([import("./ignored-inputs.ts"), import("./execute.ts")]).then(([{ findIgnoredInputs }]) =>
        findIgnoredInputs(projectFolder, selected.values(), gathered, options.environment),
      );
      return ignored;
    },
    confine: options.confine ?? "declared",
    seal: {},
    audit: new Set(options.audit ? auditedOf(prepared) : []),
  };
}

/** The tasks that were asked for, and not those that they need. */
function auditedOf({ options, selected }: Prepared): string[] {
  const asked = new Set(options.tasks);
  const all = [...selected.values()].filter(({ name, group = name }) => asked.has(name) || asked.has(group));
  return asked.size === 0 ? [...selected.keys()] : all.map(({ name }) => name);
}

/** Everything that is still to be loaded, at once: afterwards a task may replace the folder that Tidegate is in. */
async function loadExecution(context: RunContext, graph: Graph, reports: ReportReader | undefined): Promise<Execute> {
  const { Execute } = await import("./execute.ts");
  const hasServices = [...graph.values()].some(({ task }) => task.services !== undefined);
  const start = hasServices ? (await import("./runner/task-services.ts")).startServices : undefined;
  return new Execute(context, reports, start);
}

async function loadReports(context: RunContext, graph: Graph): Promise<ReportReader | undefined> {
  const hasReports = [...graph.values()].some(({ task }) => task.reports !== undefined);
  return hasReports ? new (await import("./reports/report-reader.ts")).ReportReader(context) : undefined;
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

/** A run that stored nothing has nothing to tidy up after, and does not look. */
function tidyAfter({ options, paths, mayCollect }: Prepared, { cache, now }: RunContext): () => void {
  return () => {
    if (cache.storedBytes > 0 && mayCollect)
      tidyIfDue(paths, limitsOf(options.project.cache), now(), cache.storedBytes);
  };
}

/** Each is tried, whatever became of the others: a full disk must not hide how the run ended. */
function save(context: RunContext, record: RunRecord, tidy: () => void): Failure[] {
  const { index, paths } = context;
  const work = [() => saveRun(paths.runs, record), () => index.save(), () => forgetOldRuns(paths.runs), tidy];
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
