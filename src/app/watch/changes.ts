/** Changes that nobody has dealt with yet. */
export class Changes {
  #files = new Set<string>();
  #waiting: (() => void) | undefined;

  add(files: readonly string[]): void {
    for (const file of files) this.#files.add(file);
    if (files.length > 0) this.#waiting?.();
  }

  /** All there are, taken out. Sorted by when they came. */
  take(): string[] {
    const files = [...this.#files];
    this.#files = new Set();
    return files;
  }

  get isEmpty(): boolean {
    return this.#files.size === 0;
  }

  /** Resolves when there are changes, or when `signal` is aborted. */
  async arrive(signal: AbortSignal): Promise<void> {
    if (!this.isEmpty || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = () => resolve();
    this.#waiting = stop;
    signal.addEventListener("abort", stop);
    await promise;
    signal.removeEventListener("abort", stop);
    this.#waiting = undefined;
  }
}
