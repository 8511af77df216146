/** Lets callers do something one after the other, per key, in the order they came. */
export class TurnTaker {
  readonly #lines = new Map<string, { last: Promise<unknown>; length: number }>();

  /** How many are under way or waiting. */
  waiting(key: string): number {
    return this.#lines.get(key)?.length ?? 0;
  }

  busy(): string[] {
    return [...this.#lines.keys()].sort();
  }

  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(key) ?? { last: Promise.resolve(), length: 0 };
    this.#lines.set(key, line);
    line.length += 1;
    const turn = line.last.then(work);
    line.last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      line.length -= 1;
      if (line.length === 0) this.#lines.delete(key);
    }
  }
}
