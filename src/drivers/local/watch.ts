import { setTimeout as wait } from "node:timers/promises";

const lookEveryMs = 250;

/** Who is told when something of an environment changes. */
export class Changes {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** What this process knows to have changed: nobody has to wait for the next look. */
  readonly tell = (environment: string): void => {
    for (const wake of this.#waiting.get(environment) ?? []) wake();
  };

  /** Yields at once, on each `tell`, and whenever `look` answers something else: processes also change by themselves. */
  async *watch(environment: string, look: () => Promise<string>, signal: AbortSignal): AsyncGenerator<void> {
    let was: string | undefined;
    while (!signal.aborted) {
      const told = this.#next(environment, signal);
      const is = await look();
      if (is !== was) yield;
      was = is;
      if (await told) was = undefined;
    }
  }

  /** Whether somebody told of a change before the next look is due. */
  async #next(environment: string, signal: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const wake = () => resolve(true);
    const waiting = this.#waiting.get(environment) ?? new Set();
    this.#waiting.set(environment, waiting.add(wake));
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    void wait(lookEveryMs, undefined, { signal: either, ref: false })
      .catch(() => {})
      .then(() => resolve(false));
    const isTold = await promise;
    over.abort();
    waiting.delete(wake);
    if (waiting.size === 0) this.#waiting.delete(environment);
    return isTold;
  }
}
