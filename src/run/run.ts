import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { putBackLeft } from "../cache/outputs/put-back.ts";
import { removeTree } from "../cache/outputs/wipe.ts";
import { acquireRunLock } from "../cache/runs/run-lock.ts";
import { StandingWatch } from "../cache/standing/keep-standing.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { fileFailure } from "../files/file-failure.ts";
import { type PipelinePaths, pipelinePaths, prepareStateFolder } from "../files/state-folder.ts";
import { markPrefix } from "../inputs/environment.ts";
import { removeLeftStages } from "../runner/confine/stages.ts";
import { openCacheKey } from "../secrets/cache-key.ts";
import { executeRun } from "./execute/execute-run.ts";
import { type Planning, planRun, type RunPlan, withoutPlaces } from "./plan/plan-run.ts";
import type { RunOptions, RunResult } from "./plan/run-options.ts";

export type { RunOptions, RunResult } from "./plan/run-options.ts";

/**
 * Runs a pipeline. A task that fails is a result (`outcome: "failed"`); this fails only when the definition or the call
 * is wrong, then before anything is touched, or when the state folder cannot be used. When the signal is aborted before
 * the run could begin it fails with `interrupted`.
 */
export async function runPipeline(options: RunOptions): Promise<Result<RunResult>> {
  try {
    return await planAndRun(options);
  } catch (error) {
    const failure = fileFailure(error);
    if (failure === undefined) throw error;
    return failed(failure);
  }
}

async function planAndRun(given: RunOptions): Promise<Result<RunResult>> {
  const watch = given.standing && new StandingWatch(given.standing);
  const options = watch === undefined ? given : { ...given, emit: watch.watch(given.emit) };
  const projectFolder = resolve(options.projectFolder);
  const paths = pipelinePaths(resolve(options.stateFolder ?? join(projectFolder, ".tidegate")));
  const planning = { projectFolder, paths, locate: options.locate ?? withoutPlaces, looks: watch?.looks };
  const plan = await planRun(options, planning);
  return plan.ok ? await runAlone(options, { ...planning, ...plan.value, watch }) : plan;
}

type Planned = Planning & RunPlan & { readonly watch: StandingWatch | undefined };

/** Of several runs of a project one after the other writes its outputs and its state. */
async function runAlone(options: RunOptions, planned: Planned): Promise<Result<RunResult>> {
  const { paths } = planned;
  prepareStateFolder(paths.root);
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const markName = `${markPrefix}${randomBytes(8).toString("hex")}`;
  const lock = await acquireRunLock({ ...options, runningFolder: paths.running, markName, signal });
  if (lock === undefined) return failed({ code: "interrupted", message: "The run was interrupted before it began" });
  try {
    if (hasNotes(paths)) await (await import("../runner/leftovers.ts")).endLeftovers(paths.root);
    putBackLeft(paths.aside, planned.projectFolder);
    putBackLeft(paths.before.aside, planned.projectFolder);
    removeTree(paths.before.failed);
    removeLeftStages(paths.stages);
    planned.keepShards();
    const { key: cacheKey, trouble } = openCacheKey(options.environment);
    // Under another key everything looks damaged, and would be collected.
    const mayCollect = lock.isOwn && trouble === undefined;
    const ran = await executeRun({ ...planned, options, signal, stop, markName, mayCollect, cacheKey });
    return ran.ok && trouble ? ok({ ...ran.value, troubles: [trouble, ...ran.value.troubles] }) : ran;
  } finally {
    lock.release();
  }
}

function hasNotes({ running }: PipelinePaths): boolean {
  return readdirSync(running).some((name) => name.endsWith(".json"));
}
