import { setTimeout as wait } from "node:timers/promises";
import type { Task } from "../../definition/types.ts";
import { durationMs } from "../../errors/duration.ts";
import type { CommandEnd } from "./run-command.ts";

/** Whether a failing task is tried again, and after how long. One for each task that runs. */
export class RetryPolicy {
  readonly #times: number;
  readonly #exitCodes: readonly number[] | undefined;
  readonly #patterns: readonly string[] | undefined;
  readonly #backoffMs: number;
  #isPatternSeen = false;

  constructor(retry: Task["retry"] = 0) {
    const options = typeof retry === "number" ? { times: retry } : retry;
    this.#times = options.times;
    this.#exitCodes = options.exitCodes;
    this.#patterns = options.patterns;
    this.#backoffMs = options.backoff === undefined ? 0 : durationMs(options.backoff);
  }

  /** Call for each line of an attempt's output. */
  line(text: string): void {
    if (!this.#isPatternSeen) this.#isPatternSeen = this.#patterns?.some((pattern) => text.includes(pattern)) ?? false;
  }

  /** Call once after each attempt that failed. `end` is absent when its command was not what failed. */
  mayRetry(attempt: number, end: CommandEnd | undefined): boolean {
    const isPatternSeen = this.#isPatternSeen;
    this.#isPatternSeen = false;
    if (attempt > this.#times) return false;
    if (this.#exitCodes === undefined && this.#patterns === undefined) return true;
    return isPatternSeen || (end?.how === "exited" && (this.#exitCodes?.includes(end.code) ?? false));
  }

  /** Waits before the attempt after this one: doubling, at most 24 days. Ends early when the signal is aborted. */
  async wait(attempt: number, signal: AbortSignal): Promise<void> {
    const ms = Math.min(this.#backoffMs * 2 ** (attempt - 1), 2 ** 31 - 1);
    if (ms > 0) await wait(ms, undefined, { signal }).catch(() => undefined);
  }
}
