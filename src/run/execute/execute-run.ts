import { availableParallelism } from "node:os";
import { type RunRecord, saveRun } from "../../cache/runs/run-record.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { checkedOutCommit } from "../../git/git-commit.ts";
import { InputFinder } from "../../inputs/gather-inputs.ts";
import type { RunContext } from "../../runner/run-context.ts";
import type { RunResult } from "../plan/run-options.ts";
import type { PreparedRun } from "../prepared-run.ts";
import { digestRun } from "../record/run-digest.ts";
import { countsOf, inOrder, openTasks, plannedTasks, recordsOf } from "../record/run-summary.ts";
import { saveAll, tidyAfter } from "../record/save-all.ts";
import { loadExecution, loadReports } from "./load-execution.ts";
import { openContext } from "./open-context.ts";
import { PipelineRun } from "./pipeline-run.ts";
import type { ReportReader } from "./report-reader.ts";

/**
 * Runs what was planned, and writes down what became of it. Fails when an input is not as the definition says, before
 * anything is run. @throws the system's error.
 */
export async function executeRun(prepared: PreparedRun): Promise<Result<RunResult>> {
  const { options, projectFolder, graph, locate, watch } = prepared;
  const selected = prepared.chosen.tasks;
  const inputs = new InputFinder(projectFolder, graph, watch?.looks);
  const gathered = inputs.gather(selected.values());
  const problems = [...gathered.values()].flatMap((each) => each.problems);
  if (problems.length > 0) return failed(...(await locate(problems)));
  const context = openContext(prepared, inputs, gathered);
  const concurrency = Math.max(1, options.concurrency ?? availableParallelism());
  const base = baseRecord(prepared, context, concurrency);
  let reports: ReportReader | undefined;
  const loadExecute = async () => {
    saveRun(context.paths.runs, { ...base, tasks: openTasks(selected) });
    reports = await loadReports(context, selected);
    return await loadExecution(context, selected, reports, options.project);
  };
  const run = new PipelineRun({
    ...choiceOf(prepared),
    context,
    concurrency,
    gathered,
    loadExecute,
    locate,
    abort: () => prepared.stop.abort(),
  });
  tellStart(prepared, context, concurrency);
  const outcome = await run.toEnd().finally(() => {
    context.notes.close();
    reports?.finish(prepared.shards, selected, run.runs);
  });
  const durationMs = context.now() - base.startedAt;
  const tasks = inOrder(selected, run.runs);
  const record = { ...base, outcome, durationMs, tasks: recordsOf(tasks) };
  const troubles = await saveAll(context, record, tidyAfter(prepared, context));
  if (outcome === "failed") context.emit({ type: "runDigest", run: context.run, ...digestRun(tasks) });
  context.emit({ type: "runFinished", run: context.run, outcome, durationMs, counts: countsOf(tasks) });
  keepStanding(prepared, context, record);
  return ok({ run: context.run, outcome, tasks, troubles: [...troubles, ...(reports?.troubles ?? [])] });
}

function choiceOf({ options, chosen }: PreparedRun) {
  return { graph: chosen.tasks, unmet: chosen.unmet, selected: chosen.reasons, unaffected: options.unaffected };
}

function tellStart({ chosen, options }: PreparedRun, { emit, run }: RunContext, concurrency: number): void {
  const { comparedWith } = chosen;
  const tasks = plannedTasks(chosen.tasks);
  const { name: project } = options.project;
  emit({ type: "runStarted", project, run, tasks, concurrency, ...(comparedWith && { comparedWith }) });
  for (const [task, because] of chosen.reasons) emit({ type: "taskSelected", task, because });
}

function keepStanding(
  { watch, projectFolder, paths, chosen, cacheKey }: PreparedRun,
  context: RunContext,
  record: RunRecord,
): void {
  const { environment, cache, key } = context;
  watch?.keep({ projectFolder, paths, environment, graph: chosen.tasks, cache, key, cacheKey, record });
}

function baseRecord(
  { options, projectFolder }: PreparedRun,
  { run, force, now }: RunContext,
  concurrency: number,
): Omit<RunRecord, "tasks"> {
  const startedAt = now();
  const commit = checkedOutCommit(projectFolder);
  const asked = options.tasks ?? [];
  return { schema: 1, run, startedAt, ...(commit !== undefined && { commit }), asked, force, concurrency };
}
