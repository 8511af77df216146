/** Of those who name it, at most `limit` have a place at the same time. */
export interface Group {
  readonly name: string;
  readonly limit: number;
}

/** Who has a place in a group, and who waits for one. No clock: what happens is told to it. */
export class GroupSlots {
  readonly #used = new Map<string, number>();
  readonly #waiting = new Map<string, string[]>();

  /** Takes a place in each group, or none: then the group that is full, behind which the task now waits. */
  take<G extends Group>(task: string, groups: readonly G[]): G | undefined {
    const full = groups.find((group) => !this.#hasPlace(group));
    if (full === undefined) for (const { name } of groups) this.#used.set(name, (this.#used.get(name) ?? 0) + 1);
    else {
      const waiting = this.#waiting.get(full.name);
      if (waiting === undefined) this.#waiting.set(full.name, [task]);
      else waiting.push(task);
    }
    return full;
  }

  give(groups: readonly Group[]): void {
    for (const { name } of groups) this.#used.set(name, this.#used.get(name)! - 1);
  }

  /** Who waits longest in a group that has a place; it waits there no longer, and may try again. */
  next(group: Group): string | undefined {
    return this.#hasPlace(group) ? this.#waiting.get(group.name)?.shift() : undefined;
  }

  #hasPlace({ name, limit }: Group): boolean {
    return (this.#used.get(name) ?? 0) < limit;
  }
}
