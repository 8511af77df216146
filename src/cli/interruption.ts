import { exitCodes } from "../errors/exit-code.ts";

/** Signals that ask to end. A closed terminal asks, too. */
const asking = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * npm and npx pass a signal on that the terminal has already sent: two within this time (ms) are one.
 */
const sameSignalMs = 300;

/**
 * The first signal aborts, so that the verb can finish what must not be left half-done; the next one ends the
 * process at once. `dispose` takes the handlers away.
 */
export function listenForInterruption(): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const handle = () => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      controller.abort();
    } else if (performance.now() - firstAt > sameSignalMs) process.exit(exitCodes.interrupted);
  };
  for (const signal of asking) process.on(signal, handle);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const signal of asking) process.off(signal, handle);
    },
  };
}
