import type { Writer } from "./writer.ts";

/** What a verb may know and touch of the world outside. */
export interface Context {
  /** Where the call was made; absolute. */
  readonly cwd: string;
  /** Where to look for the project: `--project`, or `cwd`; absolute, exists. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Data. */
  readonly stdout: Writer;
  /** Talk. */
  readonly stderr: Writer;
  /** `--json`: standard output is one JSON value per line and nothing else. */
  readonly json: boolean;
  /** Whether standard error may be redrawn. */
  readonly live: boolean;
  /** Aborted by the first Ctrl-C, SIGTERM or hang-up: finish what must not be left half-done, and return. */
  readonly signal: AbortSignal;
  /** Aborted by the second one: the process ends as soon as the listeners have returned. */
  readonly leaving: AbortSignal;
  /** Milliseconds since 1970. */
  now(): number;
}
