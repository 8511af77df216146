import type { Ports } from "../app/ports.ts";
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
}

/** What of a call is a use case's business: no writer gets into it. */
export function portsOf({ cwd, folder, env, version, signal, leaving, now }: Context): Ports {
  return { cwd, folder, env, version, signal, leaving, now };
}
