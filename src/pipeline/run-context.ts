import type { Emit } from "../events/event.ts";
import type { FileIndex } from "./file-index.ts";
import type { InputFinder } from "./gather-inputs.ts";
import type { ProjectKey } from "./project-key.ts";
import type { ResultCache } from "./result-cache.ts";
import type { PipelinePaths } from "./state-folder.ts";
import type { ToolIdentities } from "./tools.ts";

/** What the tasks of one run share. */
export interface RunContext {
  readonly run: string;
  readonly projectFolder: string;
  readonly paths: PipelinePaths;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly force: boolean;
  readonly emit: Emit;
  readonly now: () => number;
  /** Aborted: end what runs, start nothing. */
  readonly signal: AbortSignal;
  /** The variable that marks the processes of this run's tasks; no other run has the same. */
  readonly markName: string;
  readonly index: FileIndex;
  readonly cache: ResultCache;
  readonly key: ProjectKey;
  readonly tools: ToolIdentities;
  readonly inputs: InputFinder;
}
