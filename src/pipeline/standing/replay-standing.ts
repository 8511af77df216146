import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Emit, Event } from "../../events/event.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { checkedOutCommit } from "../git-commit.ts";
import { readProjectKey } from "../project-key.ts";
import { forgetOldRuns, nextRun, saveRunAs } from "../run-record.ts";
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
    try {
      const key = () => readProjectKey(paths.key);
      const circumstances = circumstancesOf({ ...call, variables: standing.variables }, key);
      const holds = circumstances === standing.circumstances && areStillSo(call.projectFolder, standing.facts);
      return holds ? new StillStanding(call, standing) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Tells it as a new run, and records it. `concurrency`: as it was asked for. */
  replay(emit: Emit, startedAt: number, now: () => number, concurrency = availableParallelism()): void {
    const events: readonly Event[] = JSON.parse(this.#standing.events);
    const run = this.#nextRun();
    let durationMs = 0;
    for (const event of events) {
      if (event.type === "runStarted") emit({ ...event, run, concurrency });
      else if (event.type !== "runFinished") emit(event);
      else {
        durationMs = now() - startedAt;
        emit({ ...event, run, durationMs });
      }
    }
    quietly(() => this.#record(run, { startedAt, concurrency, durationMs }));
  }

  /** Where nothing can be written a run has no number and no record; it is true nevertheless. */
  #nextRun(): string {
    return quietly(() => nextRun(this.#paths.runs)) ?? "0";
  }

  #record(run: string, times: { startedAt: number; concurrency: number; durationMs: number }): void {
    if (run === "0") return;
    const { startedAt, concurrency, durationMs } = times;
    const commit = checkedOutCommit(this.#projectFolder);
    const base = {
      schema: 1,
      run,
      startedAt,
      ...(commit !== undefined && { commit }),
      asked: [],
      force: false,
    } as const;
    saveRunAs(this.#paths.runs, { ...base, concurrency, outcome: "succeeded", durationMs }, this.#standing.tasks);
    if (Number(run) % forgetEvery === 0) forgetOldRuns(this.#paths.runs);
  }
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

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (fileFailure(error) === undefined) throw error;
    return undefined;
  }
}
