/** A piece of a text and what stands there instead. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** All at once: their places are those of the text as it was. Those at the same place stay in their order. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const parts: string[] = [];
  let offset = 0;
  for (const splice of splices.toSorted((one, other) => one.start - other.start || one.end - other.end)) {
    if (splice.start < offset) throw new RangeError("pieces of a text overlap");
    parts.push(text.slice(offset, splice.start), splice.text);
    offset = splice.end;
  }
  return parts.join("") + text.slice(offset);
}
