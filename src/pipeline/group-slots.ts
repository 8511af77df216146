import type { ConcurrencyGroup } from "../definition/types.ts";

/** Who has a place in a concurrency group, and who waits for one. No clock: what happens is told to it. */
export class GroupSlots {
  readonly #used = new Map<string, number>();
  readonly #waiting = new Map<string, string[]>();

  /** Takes a place in each group, or none: then the group that is full, behind which the task now waits. */
  take(task: string, groups: readonly ConcurrencyGroup[]): ConcurrencyGroup | undefined {
    const full = groups.find((group) => !this.#hasPlace(group));
    if (full === undefined) for (const { name } of groups) this.#used.set(name, (this.#used.get(name) ?? 0) + 1);
    else {
      const waiting = this.#waiting.get(full.name);
      if (waiting === undefined) this.#waiting.set(full.name, [task]);
      else waiting.push(task);
    }
    return full;
  }

  give(groups: readonly ConcurrencyGroup[]): void {
    for (const { name } of groups) this.#used.set(name, this.#used.get(name)! - 1);
  }

  /** Who waits longest in a group that has a place; it waits there no longer, and may try again. */
  next(group: ConcurrencyGroup): string | undefined {
    return this.#hasPlace(group) ? this.#waiting.get(group.name)?.shift() : undefined;
  }

  #hasPlace({ name, limit }: ConcurrencyGroup): boolean {
    return (this.#used.get(name) ?? 0) < limit;
  }
}

/** The groups of a task. */
export function groupsOf(
  concurrency: ConcurrencyGroup | readonly ConcurrencyGroup[] | undefined,
): readonly ConcurrencyGroup[] {
  if (concurrency === undefined) return [];
  return "kind" in concurrency ? [concurrency] : concurrency;
}
