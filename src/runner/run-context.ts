import type { ResultCache } from "../cache/entries/result-cache.ts";
import type { PreviousRuns } from "../cache/runs/previous-runs.ts";
import type { Problem } from "../definition/problem.ts";
import type { ConfinementLevel } from "../definition/types.ts";
import type { LimitGroups } from "../drivers/local/limits/limit-groups.ts";
import type { Failure } from "../errors/failure.ts";
import type { Result } from "../errors/result.ts";
import type { Emit } from "../events/event.ts";
import type { Looks } from "../files/looks.ts";
import type { PipelinePaths } from "../files/state-folder.ts";
import type { FileIndex } from "../inputs/file-index.ts";
import type { InputFinder } from "../inputs/gather-inputs.ts";
import type { ToolIdentities } from "../inputs/tools.ts";
import type { ProjectKey } from "../secrets/project-key.ts";
import type { NoteFiles } from "./note-files.ts";

/** What the tasks of one run share. */
export interface RunContext {
  readonly run: string;
  readonly projectFolder: string;
  readonly paths: PipelinePaths;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly force: boolean;
  /** The `TRACEPARENT` of a task; it does not count for its result. */
  readonly traceOf?: (task: string) => string;
  /** true: tell again what tasks wrote that come from the cache. */
  readonly replay: boolean;
  readonly emit: Emit;
  readonly now: () => number;
  /** Aborted: end what runs, start nothing. */
  readonly signal: AbortSignal;
  /** Aborted: end also what cleans up. */
  readonly cleanUpSignal: AbortSignal;
  /** The variable that marks the processes of this run's tasks; no other run has the same. */
  readonly markName: string;
  /** Where it is noted what runs. */
  readonly notes: NoteFiles;
  readonly index: FileIndex;
  readonly cache: ResultCache;
  readonly key: ProjectKey;
  /** Names of variables whose values are secrets. */
  readonly secretVariables: ReadonlySet<string>;
  readonly tools: ToolIdentities;
  /** Is told every place on the disk that a decision depends on; absent when nobody asks. */
  readonly looks: Looks | undefined;
  /** What became of tasks in earlier runs. */
  readonly previous: PreviousRuns;
  readonly inputs: InputFinder;
  /** What `findIgnoredInputs` says of the run's tasks; asked at most once, and only when something has to run. */
  readonly ignored: () => Promise<ReadonlyMap<string, readonly Problem[]>>;
  /** What `findTrackedOutputs` says of the run's tasks, with its place; asked at most once, before anything is removed. */
  readonly tracked: () => Promise<ReadonlyMap<string, readonly Failure[]>>;
  /** The least that every task is confined. */
  readonly confine: ConfinementLevel;
  readonly seal: SealFinder;
  /** Tasks that are run to see what they read and write. */
  readonly audit: ReadonlySet<string>;
}

/** The programs that walls are built with, absolute. */
export interface SealTools {
  readonly bwrap: string;
  readonly setpriv: string;
  readonly prlimit: string;
  /** With the options that keep it from reading files that variables name. */
  readonly shell: readonly [string, ...string[]];
}

/** How commands are sealed on this machine. */
export interface Seal {
  readonly tools: SealTools;
  /** The filter of system calls. */
  readonly filter: Uint8Array;
  readonly limits: LimitGroups;
}

/** What a run knows of sealing: asked for at most once. */
export interface SealFinder {
  value?: Promise<Result<Seal>>;
}
