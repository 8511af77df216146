import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Emit, Event } from "../../events/event.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { type PipelinePaths, pipelinePaths } from "../../files/state-folder.ts";
import { checkedOutCommit } from "../../git/git-commit.ts";
import { findCacheKey } from "../../secrets/cache-key.ts";
import { readProjectKey } from "../../secrets/project-key.ts";
import { forgetOldRuns, nextRun, type RunRecord, saveRunAs, type TaskRecord } from "../runs/run-record.ts";
import { circumstancesOf } from "./circumstances.ts";
import { areStillSo, isAbsent } from "./facts.ts";
import { readStanding, type Standing, type TaskOutputs } from "./standing-file.ts";

export interface StandingCall {
  readonly projectFolder: string;
  readonly stateFolder: string;
  /** The definition, absolute, without symbolic links. */
  readonly definition: string;
  readonly madeBy: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A run that would come out as the last one did, but for outputs that are gone. */
export class StillStanding {
  /** Tasks of whose outputs nothing is there any more: they have to be restored first. */
  readonly missing: readonly TaskOutputs[];
  readonly #paths: PipelinePaths;
  readonly #projectFolder: string;
  readonly #standing: Standing;

  private constructor(
    { projectFolder, stateFolder }: StandingCall,
    standing: Standing,
    missing: readonly TaskOutputs[],
  ) {
    this.missing = missing;
    this.#paths = pipelinePaths(stateFolder);
    this.#projectFolder = projectFolder;
    this.#standing = standing;
  }

  /**
   * The last run of all tasks, if everything it was decided by is certain to be as it was: the same definition,
   * environment and programs, and every file and folder it looked at untouched. `undefined` when anything is otherwise
   * or not known; also while another run is under way, or left something behind. Changes nothing.
   */
  static find(call: StandingCall): StillStanding | undefined {
    const paths = pipelinePaths(call.stateFolder);
    const key = findCacheKey(call.environment);
    const standing = key && readStanding(paths.standing, key);
    if (standing === undefined || !isIdle(paths)) return undefined;
    const found = guarded(() => {
      const variables = { ...call, variables: standing.variables };
      const circumstances = circumstancesOf(variables, () => readProjectKey(paths.key));
      if (circumstances !== standing.circumstances) return undefined;
      return isDecidedAlike(call.projectFolder, standing) ? missingOutputs(call.projectFolder, standing) : undefined;
    });
    return found.ok && found.value ? new StillStanding(call, standing, found.value) : undefined;
  }

  /** The records of the run's tasks. */
  records(): Readonly<Record<string, TaskRecord>> {
    return JSON.parse(this.#standing.tasks);
  }

  /**
   * Tells it as a new run, and records it. Fails, and says nothing, when there can be no new run; returns what could not be
   * written about one that was told.
   */
  replay(emit: Emit, telling: Telling): Result<readonly Failure[]> {
    const { startedAt, now, concurrency = availableParallelism(), restored = new Map() } = telling;
    const run = guarded(() => nextRun(this.#paths.runs));
    if (!run.ok) return run;
    const started = { run: run.value, concurrency };
    const durationMs = this.#tell(emit, started, restored, () => now() - startedAt);
    const recorded = guarded(() => this.#record({ ...started, startedAt, durationMs }, restored));
    return ok(recorded.ok ? [] : recorded.failures);
  }

  #tell(
    emit: Emit,
    started: { readonly run: string; readonly concurrency: number },
    restored: ReadonlyMap<string, number>,
    duration: () => number,
  ): number {
    let durationMs = 0;
    for (const event of JSON.parse(this.#standing.events) as readonly Event[]) {
      if (event.type === "runStarted") emit({ ...event, ...started });
      else if (event.type === "taskHit") emit({ ...event, restored: restored.get(event.task) ?? 0 });
      else if (event.type === "runFinished") {
        durationMs = duration();
        emit({ ...event, run: started.run, durationMs });
      }
    }
    return durationMs;
  }

  #record(
    times: Pick<RunRecord, "run" | "startedAt" | "concurrency"> & { readonly durationMs: number },
    restored: ReadonlyMap<string, number>,
  ): void {
    const commit = checkedOutCommit(this.#projectFolder);
    const head = { schema: 1, ...times, outcome: "succeeded", asked: [], force: false } as const;
    const tasks = restored.size === 0 ? this.#standing.tasks : JSON.stringify(withRestored(this.records(), restored));
    saveRunAs(this.#paths.runs, { ...head, ...(commit !== undefined && { commit }) }, tasks);
    if (Number(times.run) % forgetEvery === 0) forgetOldRuns(this.#paths.runs);
  }
}

/** Whether nothing has changed that the tasks were decided by. */
function isDecidedAlike(projectFolder: string, { facts, outputs }: Standing): boolean {
  const behind = outputs.reduce((sum, { count }) => sum + count, 0);
  return areStillSo(projectFolder, facts, 0, facts.paths.length - behind);
}

/** The tasks whose outputs are all gone; `undefined` when any outputs are otherwise than they were. */
function missingOutputs(projectFolder: string, { facts, outputs }: Standing): TaskOutputs[] | undefined {
  const missing: TaskOutputs[] = [];
  let from = facts.paths.length - outputs.reduce((sum, { count }) => sum + count, 0);
  for (const each of outputs) {
    if (!each.areSettled || !areStillSo(projectFolder, facts, from, from + each.count)) {
      if (each.bases === undefined || !each.bases.every((base) => isAbsent(projectFolder, base))) return undefined;
      missing.push(each);
    }
    from += each.count;
  }
  return missing;
}

function withRestored(records: Readonly<Record<string, TaskRecord>>, restored: ReadonlyMap<string, number>) {
  const all = Object.entries(records).map(([name, record]) => {
    const files = restored.get(name);
    if (files === undefined || record.result.result !== "hit") return [name, record];
    return [name, { ...record, result: { ...record.result, restored: files } }];
  });
  return Object.fromEntries(all);
}

export interface Telling {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly now: () => number;
  /** As it was asked for. Default: one per processor. */
  readonly concurrency?: number | undefined;
  /** How many files and links were written for tasks. */
  readonly restored?: ReadonlyMap<string, number>;
}

/** A few runs more than are kept do not hurt, and looking each time costs. */
const forgetEvery = 10;

/** A lock or a note of a task: somebody is at work, or was killed at it. */
function isIdle({ running }: PipelinePaths): boolean {
  try {
    return readdirSync(running).length === 0;
  } catch {
    return false;
  }
}

function guarded<T>(work: () => T): Result<T> {
  try {
    return ok(work());
  } catch (error) {
    const failure = fileFailure(error);
    if (failure === undefined) throw error;
    return failed(failure);
  }
}
