import { cacheBlobs, ResultCache } from "../../cache/entries/result-cache.ts";
import { PreviousRuns } from "../../cache/runs/previous-runs.ts";
import { nextRun } from "../../cache/runs/run-record.ts";
import { secretVariables } from "../../definition/secret-variables.ts";
import type { Failure } from "../../errors/failure.ts";
import { FileIndex } from "../../inputs/file-index.ts";
import type { Gathered, InputFinder } from "../../inputs/gather-inputs.ts";
import { ToolIdentities } from "../../inputs/tools.ts";
import { NoteFiles } from "../../runner/note-files.ts";
import type { RunContext } from "../../runner/run-context.ts";
import { readProjectKey } from "../../secrets/project-key.ts";
import type { PreparedRun } from "../prepared-run.ts";
import { hasOutputs } from "./untouchable-outputs.ts";

/** What the tasks of a run share. @throws the system's error, when the run's folder cannot be made. */
export function openContext(
  prepared: PreparedRun,
  inputs: InputFinder,
  gathered: ReadonlyMap<string, Gathered>,
): RunContext {
  const { options, projectFolder, paths, chosen, signal, markName } = prepared;
  let ignored: ReturnType<RunContext["ignored"]> | undefined;
  let tracked: ReturnType<RunContext["tracked"]> | undefined;
  const cacheKey = prepared.cacheKey;
  const index = FileIndex.open(paths.index, cacheKey);
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
    notes: new NoteFiles(paths.running, run, options.leaving),
    index,
    cache: new ResultCache(paths, cacheBlobs(paths), cacheKey),
    key: readProjectKey(paths.key),
    secretVariables: new Set(secretVariables(options.project)),
    tools: new ToolIdentities(index, projectFolder, prepared.watch?.looks),
    looks: prepared.watch?.looks,
    inputs,
    previous: new PreviousRuns(paths.runs, run),
    tracked: () => {
      tracked ??= findTracked(prepared);
      return tracked;
    },
    ignored: () => {
      // Both ask git: at the same time.
      if ([...chosen.tasks.values()].some((task) => hasOutputs(projectFolder, task))) tracked ??= findTracked(prepared);
      tracked?.catch(() => undefined);
      // Something has to run: while git looks, what runs it is loaded.
      ignored ??= Promise.all([import("../../inputs/git/ignored-inputs.ts"), import("./execute-task.ts")]).then(
        ([{ findIgnoredInputs }]) =>
          findIgnoredInputs(projectFolder, chosen.tasks.values(), gathered, options.environment),
      );
      return ignored;
    },
    confine: options.confine ?? "declared",
    seal: {},
    audit: new Set(options.audit ? auditedOf(prepared) : []),
  };
}

async function findTracked({ projectFolder, chosen, options, locate }: PreparedRun) {
  const { findTrackedOutputs } = await import("../../inputs/git/tracked-outputs.ts");
  const found = await findTrackedOutputs(projectFolder, chosen.tasks.values(), options.environment);
  const located = new Map<string, readonly Failure[]>();
  for (const [name, problems] of found) located.set(name, await locate(problems));
  return located;
}

/** The tasks that were asked for, and not those that they need. */
function auditedOf({ options, chosen: { tasks: selected } }: PreparedRun): string[] {
  const asked = new Set(options.tasks);
  const all = [...selected.values()].filter(({ name, group = name }) => asked.has(name) || asked.has(group));
  return asked.size === 0 ? [...selected.keys()] : all.map(({ name }) => name);
}
