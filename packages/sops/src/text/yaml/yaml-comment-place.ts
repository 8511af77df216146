import type { Collection, Entry } from "../tree.ts";

/** Where a comment belongs: in a collection, before one of its entries. */
export interface CommentPlace {
  readonly collection: Collection;
  readonly position: number;
}

/** Before the first entry that begins behind the offset. */
export function placeIn(collection: Collection, offset: number): CommentPlace {
  return { collection, position: countBefore(collection, offset) };
}

/** The last entry that begins at the offset or before it. */
export function entryBefore(collection: Collection, offset: number): Entry | undefined {
  return (collection.items as readonly Entry[])[countBefore(collection, offset) - 1];
}

/** How many entries of a collection without comments begin before a place. */
export function countBefore({ items }: Collection, offset: number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle] as Entry).span.start <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
