/** A test file and how long its tests take, as far as that is known. */
export interface WeighedFile {
  readonly file: string;
  /** Milliseconds. */
  readonly durationMs?: number;
}

/** The files of each shard. */
export type Assignment = readonly (readonly string[])[];

/**
 * Divides test files among shards so that the longest shard is short: the longest file first, always to the shard that
 * has the least so far. A file of which nothing is known counts as much as the middle one of those that are. The same
 * arguments give the same assignment, whatever the order of the files. There are no empty shards: with fewer files than
 * shards there are fewer shards.
 *
 * Files of 9, 7, 6, 5 and 5 s on 2 shards: 9 | 7, then 9 | 7+6, then 9+5 | 13, then 14 | 13+5: 14 s and 18 s.
 */
export function assignFiles(files: readonly WeighedFile[], shards: number): Assignment {
  const weights = weigh(files);
  const sorted = [...weights].sort(([a, one], [b, other]) => other - one || byCodeUnit(a, b));
  const parts = Array.from({ length: Math.max(1, Math.min(shards, files.length)) }, () => ({
    total: 0,
    files: [] as string[],
  }));
  for (const [file, weight] of sorted) {
    const least = parts.reduce((best, part) => (isLess(part, best) ? part : best));
    least.files.push(file);
    least.total += weight;
  }
  return parts.map((part) => part.files.sort(byCodeUnit));
}

/** How long the longest shard takes, in milliseconds, as far as is known. */
export function longestShard(assignment: Assignment, files: readonly WeighedFile[]): number {
  const weights = weigh(files);
  return Math.max(0, ...assignment.map((part) => part.reduce((sum, file) => sum + (weights.get(file) ?? 0), 0)));
}

/**
 * An earlier assignment for the files that there are now: what is gone is left out, what is new goes to the shard with
 * the least. Files stay where they are, so that what was cached stays cached. `undefined` when the number of shards is no
 * longer right.
 */
export function keepAssignment(
  before: Assignment,
  files: readonly WeighedFile[],
  shards: number,
): Assignment | undefined {
  if (before.length !== Math.max(1, Math.min(shards, files.length))) return undefined;
  const weights = weigh(files);
  const parts = before.map((part) => part.filter((file) => weights.delete(file)));
  const totals = longestShards(parts, files);
  for (const [file, weight] of [...weights].sort(([a], [b]) => byCodeUnit(a, b))) {
    const least = totals.indexOf(Math.min(...totals));
    parts[least]!.push(file);
    totals[least]! += weight;
  }
  return parts.some((part) => part.length === 0) ? undefined : parts.map((part) => part.sort(byCodeUnit));
}

function longestShards(parts: Assignment, files: readonly WeighedFile[]): number[] {
  return parts.map((part) => longestShard([part], files));
}

function weigh(files: readonly WeighedFile[]): Map<string, number> {
  const known = files.flatMap(({ durationMs }) => (durationMs === undefined ? [] : [durationMs])).sort((a, b) => a - b);
  const middle = known[known.length >> 1] ?? 1;
  return new Map(files.map(({ file, durationMs }) => [file, Math.max(durationMs ?? middle, 1)]));
}

/** Of equal ones the one with fewer files, then the first. */
function isLess(one: { total: number; files: string[] }, other: { total: number; files: string[] }): boolean {
  return one.total < other.total || (one.total === other.total && one.files.length < other.files.length);
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
