/**
 * Files that no task declares, but that a task which says nothing of what it reads may read. When one changes in a run
 * it is unknown who wrote it: once is taken for a person's change, twice in a row for the task's own, and no longer run
 * for until it changes while nothing runs.
 */
export class Unclaimed {
  readonly #inRuns = new Map<string, number>();
  readonly #told = new Set<string>();

  /** Takes in what changed; returns what to run for, and a file to tell of that is no longer run for. */
  changed(files: readonly string[], isInRun: boolean): { readonly files: string[]; readonly muted?: string } {
    const wanted = files.filter((file) => {
      const times = isInRun ? (this.#inRuns.get(file) ?? 0) + 1 : 0;
      this.#inRuns.set(file, times);
      return times < 2;
    });
    const muted = files.find((file) => !wanted.includes(file) && !this.#told.has(file));
    if (muted === undefined) return { files: wanted };
    this.#told.add(muted);
    return { files: wanted, muted };
  }
}
