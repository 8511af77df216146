import type { Ports } from "../app/ports.ts";
import type { Failure } from "../errors/failure.ts";
import type { Event } from "../events/event.ts";
import type { Writer } from "./writer.ts";

/** A call of the command line: what its use case may know and touch, and how its outcome is shown. */
export interface Context extends Ports {
  /** Data. */
  readonly stdout: Writer;
  /** Talk. */
  readonly stderr: Writer;
  /** `--json`: standard output is one JSON value per line and nothing else. */
  readonly json: boolean;
  /** Before a program gets the terminal: from now on Ctrl-C is its own. */
  readonly yieldTerminal: () => void;
  /** Whether standard error may be redrawn. */
  readonly live: boolean;
  /** What a step of GitHub Actions is told besides; absent anywhere else. */
  readonly github?: Told;
}

/** Takes what happens, and what failed. */
export interface Told {
  event(event: Event): void;
  failures(failures: readonly Failure[]): void;
  /** Lines that are folded away behind a title, as one text without the last line feed. */
  group(title: string, lines: readonly string[]): string;
}

/** What of a call is a use case's business: no writer gets into it. */
export function portsOf({ cwd, folder, env, version, signal, leaving, now }: Context): Ports {
  return { cwd, folder, env, version, signal, leaving, now };
}
