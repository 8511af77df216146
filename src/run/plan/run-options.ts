import type { StandingRequest } from "../../cache/standing/keep-standing.ts";
import type { ConfinementLevel, Project } from "../../definition/types.ts";
import type { Failure } from "../../errors/failure.ts";
import type { Emit, RunOutcome } from "../../events/event.ts";
import type { EarlierSuccess, Locate, TaskRun } from "../task-run.ts";
import type { Wanted } from "./choose-tasks.ts";

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
  /** Aborted in the last moment of this process: everything that runs is killed before the listeners return. */
  readonly leaving?: AbortSignal;
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
