import { confinementLevels } from "../../cache/entries/confinement.ts";
import type { Ports } from "../ports.ts";

export { confinementLevels };

/** What is asked of a run of the pipeline. */
export interface RunRequest {
  /** None: all. */
  readonly tasks: readonly string[];
  /** Only tasks in the packages that these mean. */
  readonly filters: readonly string[];
  /** Only tasks that changed files reach. */
  readonly affected: boolean;
  /** What changes are counted from. */
  readonly since: string | undefined;
  /** Tasks at a time. */
  readonly concurrency: number | undefined;
  /** Also what is in the cache. */
  readonly force: boolean;
  /** How far every task is held to what it declares, at least. */
  readonly confine: (typeof confinementLevels)[number] | undefined;
  readonly audit: boolean;
  /** What failed in the last run; no tasks are named then. */
  readonly failed: boolean;
  /** Also what cached tasks wrote when they were run. */
  readonly replay: boolean;
  /** A file for how the run went, as a JUnit report. */
  readonly junit: string | undefined;
}

/** Whether it is about all tasks, as they are, and nobody else is to be told of it. */
export function isPlain({ concurrency: _, ...asked }: RunRequest, { env }: Pick<Ports, "env">): boolean {
  if (env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return false;
  return Object.values(asked).every((value) => (Array.isArray(value) ? value.length === 0 : !value));
}
