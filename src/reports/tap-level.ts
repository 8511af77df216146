import type { Diagnosis } from "./tap-diagnosis.ts";
import type { TapResult } from "./tap-line.ts";

/** A result, and what is said below it. */
export interface Told {
  readonly result: TapResult;
  readonly diagnosis: Diagnosis;
}

/** What is known of one depth of subtests. */
export class TapLevel {
  /** How many results it had. */
  count = 0;
  /** Whether something failed in it, or below. */
  hasFailed = false;
  /** The name of the subtest that comes below it: `# Subtest: name`, or a result that ends in `{`. */
  next: string | undefined;
  /** A result in front of `{`: what it sums up follows. */
  buffered: Told | undefined;
  #planned: number | undefined;
  #isPlanLast = false;
  #fault: string | undefined;

  /** Why the harness would not believe it, besides tests that failed; call when it is over. */
  get fault(): string | undefined {
    if (this.#fault !== undefined || this.#planned === undefined || this.#planned === this.count) return this.#fault;
    const promised = `Its plan promises ${this.#planned} tests, but it has ${this.count}`;
    return this.#planned > this.count ? `${promised}: it was truncated` : promised;
  }

  get hasPlan(): boolean {
    return this.#planned !== undefined;
  }

  plan(tests: number): void {
    if (this.#planned !== undefined) this.#fault ??= "It has more than one plan";
    this.#planned ??= tests;
    this.#isPlanLast = this.count > 0;
  }

  result({ number }: TapResult): void {
    if (this.#isPlanLast) this.#fault ??= "Its plan is neither at the beginning nor at the end";
    this.count += 1;
    if (number !== undefined && number !== this.count)
      this.#fault ??= `Its tests are out of sequence: ${number} is where ${this.count} should be`;
  }

  /** A result turns out to sum up what follows. */
  takeBack(told: Told): void {
    this.count -= 1;
    this.next = told.result.name;
    this.buffered = told;
  }
}
