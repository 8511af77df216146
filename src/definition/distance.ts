/** The word that a mistyped one most likely meant; `undefined` when none is near enough. The first of equals wins. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  let limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  for (const candidate of words) {
    if (Math.abs(candidate.length - word.length) > limit) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance > limit || (best !== undefined && distance === limit)) continue;
    best = candidate;
    limit = distance;
  }
  return best;
}

/**
 * Optimal string alignment: insertions, deletions, replacements and swaps of neighbours, each costing 1.
 * `stauts` → `status` is 1 (a swap).
 */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = above[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swaps = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = swaps ? before[column - 2]! + 1 : Number.POSITIVE_INFINITY;
      line.push(Math.min(replaced, above[column]! + 1, line[column - 1]! + 1, swapped));
    }
    before = above;
    above = line;
  }
  return above[b.length]!;
}
