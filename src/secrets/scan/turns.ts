import { setImmediate } from "node:timers/promises";

/** Long work on one thread lets others have their turn (Ctrl-C, a progress line) after this long. */
const turnMs = 40;

/** Gives way to others now and then: ask after each piece of work. */
export class Turns {
  #since = performance.now();

  /** Whether a turn was over, and others had theirs. */
  async give(): Promise<boolean> {
    if (performance.now() - this.#since < turnMs) return false;
    await setImmediate();
    this.#since = performance.now();
    return true;
  }
}
