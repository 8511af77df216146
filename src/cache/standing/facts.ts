import { type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { lstatIfThere } from "../../files/lstat-if-there.ts";

/** Places, and what `stat` said of them: enough to see that nothing has changed there, by stats alone. */
export interface Facts {
  /** Absolute, or relative to the project. */
  readonly paths: readonly string[];
  /** The paths from this one on, up to `ownAgain`, are looked at through links; the others themselves. */
  readonly followed: number;
  readonly ownAgain: number;
  /** For each path the numbers of `numbersOf`. */
  readonly numbers: Float64Array;
}

/** Places to make facts of. */
export interface Places {
  readonly own: readonly string[];
  /** Looked at through links. */
  readonly followed?: readonly string[];
  /** Nothing was seen there, also through links. */
  readonly absent?: readonly string[];
}

export const width = 6;
const absent = [-1, 0, 0, 0, 0, 0] as const;

/**
 * How long a place must have been left alone to be a fact. Clocks of file systems tick every 4 to 10 ms; some keep only
 * whole (or even) seconds.
 */
const quietMs = { fine: 20, coarse: 2100 };

/**
 * The facts of all places, if they cannot have changed since the time `since`: then everything that was seen after it is
 * still so. Otherwise `undefined`. A place where nothing is counts when the folder above it has not changed either, because
 * what is gone now may have been there; or when nothing was seen there before.
 */
export function quietFacts(projectFolder: string, places: Places, since: number): Facts | undefined {
  const { own, followed = [], absent: unseen = [] } = places;
  const paths = [...own, ...followed, ...unseen];
  const bounds = { followed: own.length, ownAgain: paths.length };
  const numbers = new Float64Array(paths.length * width);
  const quietAbove = new Map<string, boolean>();
  for (const [index, path] of paths.entries()) {
    const file = placeOf(projectFolder, path);
    const stat = statOf(file, isFollowed(index, bounds));
    const wasSeen = index < own.length + followed.length;
    if (stat !== undefined ? !wasQuiet(stat, since) : wasSeen && !isQuietAbove(file, since, quietAbove))
      return undefined;
    numbers.set(stat === undefined ? absent : numbersOf(stat), index * width);
  }
  return { paths, ...bounds, numbers };
}

/** The first ones, and behind them all the others, which must be about places themselves. */
export function joinFacts(first: Facts, others: readonly Facts[]): Facts {
  const all = [first, ...others];
  const numbers = new Float64Array(all.reduce((sum, each) => sum + each.numbers.length, 0));
  let at = 0;
  for (const each of all) {
    numbers.set(each.numbers, at);
    at += each.numbers.length;
  }
  return { ...first, paths: all.flatMap(({ paths }) => paths), numbers };
}

/** Whether the places from one up to another one are as they were. Stops at the first that is not. */
export function areStillSo(projectFolder: string, facts: Facts, from: number, to: number): boolean {
  const { paths, numbers } = facts;
  for (let index = from, at = from * width; index < to; index += 1, at += width) {
    const stat = statOf(placeOf(projectFolder, paths[index]!), isFollowed(index, facts));
    if (stat === undefined) {
      if (numbers[at] !== absent[0]) return false;
    } else if (
      stat.ino !== numbers[at] ||
      stat.ctimeMs !== numbers[at + 1] ||
      stat.mtimeMs !== numbers[at + 2] ||
      stat.size !== numbers[at + 3] ||
      stat.mode !== numbers[at + 4] ||
      stat.dev !== numbers[at + 5]
    )
      return false;
  }
  return true;
}

/** Whether there is nothing at all at the path. */
export function isAbsent(projectFolder: string, path: string): boolean {
  return statOf(placeOf(projectFolder, path), false) === undefined;
}

function isFollowed(index: number, { followed, ownAgain }: Pick<Facts, "followed" | "ownAgain">): boolean {
  return index >= followed && index < ownAgain;
}

function numbersOf({ ino, ctimeMs, mtimeMs, size, mode, dev }: Stats): readonly number[] {
  return [ino, ctimeMs, mtimeMs, size, mode, dev];
}

/** `undefined` when nothing is there, also for want of the folders above it. */
function statOf(file: string, follows: boolean): Stats | undefined {
  try {
    return follows ? statSync(file, { throwIfNoEntry: false }) : lstatIfThere(file);
  } catch {
    return undefined;
  }
}

function placeOf(projectFolder: string, path: string): string {
  if (path.startsWith("/")) return path;
  return path === "" ? projectFolder : `${projectFolder}/${path}`;
}

function wasQuiet({ mtimeMs, ctimeMs }: Stats, since: number): boolean {
  const isCoarse = mtimeMs % 1000 === 0 || ctimeMs % 1000 === 0;
  return Math.max(mtimeMs, ctimeMs) + (isCoarse ? quietMs.coarse : quietMs.fine) < since;
}

/** Whether the nearest folder above that is there has been left alone. */
function isQuietAbove(file: string, since: number, known: Map<string, boolean>): boolean {
  const folder = dirname(file);
  const before = known.get(folder);
  if (before !== undefined) return before;
  const stat = statOf(folder, true);
  const isQuiet =
    stat === undefined ? folder !== join(folder, "..") && isQuietAbove(folder, since, known) : wasQuiet(stat, since);
  known.set(folder, isQuiet);
  return isQuiet;
}
