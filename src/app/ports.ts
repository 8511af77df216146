import type { Say } from "./notice.ts";

/**
 * What a use case may know and touch of the world outside: it has no terminal, and knows of no process but the ones it
 * starts. Made by whoever calls: the command line, a server, a test. What a single use case asks of people besides (a
 * hidden value, an editor) is part of its request.
 */
export interface Ports {
  /** Where the call was made; absolute. Paths of a request are relative to it. */
  readonly cwd: string;
  /** Where to look for the project; absolute, exists. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The version of this Tidegate. */
  readonly version: string;
  /** Aborted when the caller has enough: finish what must not be left half-done, and return. `signalOf` says how they asked. */
  readonly signal: AbortSignal;
  /** Aborted when the caller has lost patience: what still runs is killed. */
  readonly leaving: AbortSignal;
  /** Takes what happens beside the work: previews that ended, or should have. Absent: nobody wants to know. */
  readonly aside?: Say;
  /** Milliseconds since 1970. */
  now(): number;
}

/** The reason of a `Ports.signal`: what the process was sent. */
export function interruptedBy(signal: NodeJS.Signals): DOMException {
  return new DOMException(signal, "AbortError");
}

/** The signal that asked for the end; SIGTERM where it was no signal. */
export function signalOf({ reason }: AbortSignal): NodeJS.Signals {
  const asked = reason instanceof DOMException ? reason.message : "";
  return asked === "SIGINT" || asked === "SIGHUP" ? asked : "SIGTERM";
}
