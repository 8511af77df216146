/**
 * Keeps tasks that write what they read from running for ever. A person's saves during a run cancel it, as often as they
 * come in the way; when the same file changes in run after run, a task may be what writes it: then runs are let to their
 * end, with pauses between them that double (1 s, 2 s, … 60 s). Nothing is left out: it is run for the last change, too,
 * only later.
 */
export class Restraint {
  /** How many runs in a row had a change of the same file in them. */
  #inRow = 0;
  #suspects: readonly string[] = [];
  #inThisRun = new Set<string>();

  /** Files changed while a run is under way. Returns whether the run may be cancelled for it. */
  changed(files: readonly string[]): boolean {
    for (const file of files) this.#inThisRun.add(file);
    return this.#inRow < patience || files.some((file) => !this.#suspects.includes(file));
  }

  /** A run has ended, and all is known that changed during it. */
  ended(): void {
    const files = [...this.#inThisRun];
    const again = this.#suspects.filter((file) => this.#inThisRun.has(file));
    this.#inRow = again.length > 0 ? this.#inRow + 1 : Math.min(files.length, 1);
    this.#suspects = again.length > 0 ? again : files;
    this.#inThisRun = new Set();
  }

  /** A file that changed in so many runs that it is no coincidence. */
  get suspect(): string | undefined {
    return this.#inRow > patience ? this.#suspects[0] : undefined;
  }

  /** How long to wait before the next run. Milliseconds; 0 as long as nothing is suspect. */
  get pauseMs(): number {
    const over = this.#inRow - patience;
    return over <= 0 ? 0 : Math.min(longestPauseMs, 1000 * 2 ** (over - 1));
  }
}

const patience = 5;
const longestPauseMs = 60_000;
