import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Emit, Event } from "../../events/event.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { checkedOutCommit } from "../git-commit.ts";
import { readProjectKey } from "../project-key.ts";
import { forgetOldRuns, nextRun, type RunRecord, saveRunAs } from "../run-record.ts";
import { type PipelinePaths, pipelinePaths } from "../state-folder.ts";
import { circumstancesOf } from "./circumstances.ts";
import { areStillSo } from "./facts.ts";
import { readStanding, type Standing } from "./standing-file.ts";

export interface StandingCall {
  readonly projectFolder: string;
  readonly stateFolder: string;
  /** The definition, absolute, without symbolic links. */
  readonly definition: string;
  readonly madeBy: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A run that would come out as the last one did. */
export class StillStanding {
  readonly #paths: PipelinePaths;
  readonly #projectFolder: string;
  readonly #standing: Standing;

  private constructor({ projectFolder, stateFolder }: StandingCall, standing: Standing) {
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
    const standing = readStanding(paths.standing);
    if (standing === undefined || !isIdle(paths)) return undefined;
    const holds = guarded(() => {
      const variables = { ...call, variables: standing.variables };
      const circumstances = circumstancesOf(variables, () => readProjectKey(paths.key));
      return circumstances === standing.circumstances && areStillSo(call.projectFolder, standing.facts);
    });
    return holds.ok && holds.value ? new StillStanding(call, standing) : undefined;
  }

  /**
   * Tells it as a new run, and records it. Fails, and says nothing, when there can be no new run; returns what could not be
   * written about one that was told. `concurrency`: as it was asked for.
   */
  replay(emit: Emit, { startedAt, now, concurrency = availableParallelism() }: Telling): Result<readonly Failure[]> {
    const run = guarded(() => nextRun(this.#paths.runs));
    if (!run.ok) return run;
    const durationMs = this.#tell(emit, { run: run.value, concurrency }, () => now() - startedAt);
    const recorded = guarded(() => this.#record({ run: run.value, startedAt, concurrency, durationMs }));
    return ok(recorded.ok ? [] : recorded.failures);
  }

  #tell(emit: Emit, started: { readonly run: string; readonly concurrency: number }, duration: () => number): number {
    let durationMs = 0;
    for (const event of JSON.parse(this.#standing.events) as readonly Event[]) {
      if (event.type === "runStarted") emit({ ...event, ...started });
      else if (event.type !== "runFinished") emit(event);
      else {
        durationMs = duration();
        emit({ ...event, run: started.run, durationMs });
      }
    }
    return durationMs;
  }

  #record(times: Pick<RunRecord, "run" | "startedAt" | "concurrency"> & { readonly durationMs: number }): void {
    const commit = checkedOutCommit(this.#projectFolder);
    const head = { schema: 1, ...times, outcome: "succeeded", asked: [], force: false } as const;
    saveRunAs(this.#paths.runs, { ...head, ...(commit !== undefined && { commit }) }, this.#standing.tasks);
    if (Number(times.run) % forgetEvery === 0) forgetOldRuns(this.#paths.runs);
  }
}

export interface Telling {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly now: () => number;
  /** Default: one per processor. */
  readonly concurrency?: number | undefined;
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
