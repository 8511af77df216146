/** How far right a place is, counted from 0. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** The offset at which the line of an offset begins. */
export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}

/** The offset behind the line break that ends a line, or the text's end. */
export function nextLine(text: string, offset: number): number {
  const found = text.indexOf("\n", offset);
  return found === -1 ? text.length : found + 1;
}

/** Offsets to line numbers, for many of them. */
export function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let found = text.indexOf("\n"); found !== -1; found = text.indexOf("\n", found + 1)) starts.push(found + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/**
 * Whether the next line that is not empty is a comment at this column or further right, which a YAML block scalar in
 * front of it would take for its own.
 */
export function isBeforeComment(text: string, offset: number, column: number): boolean {
  const start = offset > 0 && text[offset - 1] === "\n" ? offset : nextLine(text, offset);
  const found = /\S/g;
  found.lastIndex = start;
  const next = found.exec(text);
  return next?.[0] === "#" && columnOf(text, next.index) >= column;
}
