import { interruptedBy } from "../app/ports.ts";
import { exitCodes } from "../errors/exit-code.ts";

/** Signals that ask to end. A closed terminal asks, too. */
const asking = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * npm, npx and the launcher pass a signal on that the whole group was sent already: two within this time (ms) are one.
 * A busy machine takes its time for that.
 */
const sameSignalMs = 1000;

export interface Interruption {
  /** Aborted by the first signal, so that the verb can finish what must not be left half-done. */
  readonly signal: AbortSignal;
  /** Aborted by the next one, in the last moment of the process: its listeners cannot wait for anything. */
  readonly leaving: AbortSignal;
  /** From now on what is typed to end a program (Ctrl-C, Ctrl-\) is for the one that has the terminal; other signals still ask. */
  readonly yieldTerminal: () => void;
  /** Takes the handlers away. */
  dispose(): void;
}

/** Listens for what asks the process to end. The second time it does. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const leaving = new AbortController();
  let firstAt: number | undefined;
  let isYielded = false;
  const handle = (asked: NodeJS.Signals) => {
    if (isYielded && asked === "SIGINT") return;
    if (firstAt === undefined) {
      firstAt = performance.now();
      controller.abort(interruptedBy(asked));
    } else if (performance.now() - firstAt > sameSignalMs) {
      leaving.abort();
      process.exit(exitCodes.interrupted);
    }
  };
  for (const signal of asking) process.on(signal, handle);
  return {
    signal: controller.signal,
    leaving: leaving.signal,
    yieldTerminal: () => {
      isYielded = true;
      process.on("SIGQUIT", ignore);
    },
    dispose: () => {
      process.off("SIGQUIT", ignore);
      for (const signal of asking) process.off(signal, handle);
    },
  };
}

function ignore(): void {}
