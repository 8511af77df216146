import { lstatSync, type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Looks } from "./looks.ts";

/** What `stat` said of places: enough to see that nothing has changed there, by stats alone. */
export interface Facts {
  /** Absolute, or relative to the project. The first ones are looked at themselves, the others through links. */
  readonly paths: readonly string[];
  /** How many of the paths are looked at themselves. */
  readonly own: number;
  /** For each path the numbers of `numbersOf`. */
  readonly numbers: Float64Array;
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
 * still so. Otherwise `undefined`. A place where nothing is counts when the folder above it has not changed either: what is
 * gone now may have been there.
 */
export function quietFacts(projectFolder: string, looks: Looks, since: number): Facts | undefined {
  const { places, followed } = looks;
  const paths = [...places, ...followed];
  const numbers = new Float64Array(paths.length * width);
  const quietAbove = new Map<string, boolean>();
  for (const [index, path] of paths.entries()) {
    const file = placeOf(projectFolder, path);
    const stat = statOf(file, index < places.length);
    if (stat === undefined ? !isQuietAbove(file, since, quietAbove) : !wasQuiet(stat, since)) return undefined;
    numbers.set(stat === undefined ? absent : numbersOf(stat), index * width);
  }
  return { paths, own: places.length, numbers };
}

/** Whether every place is as it was. Stops at the first that is not. */
export function areStillSo(projectFolder: string, { paths, own, numbers }: Facts): boolean {
  for (let index = 0, at = 0; index < paths.length; index += 1, at += width) {
    const stat = statOf(placeOf(projectFolder, paths[index]!), index < own);
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

function numbersOf({ ino, ctimeMs, mtimeMs, size, mode, dev }: Stats): readonly number[] {
  return [ino, ctimeMs, mtimeMs, size, mode, dev];
}

/** `undefined` when nothing is there, also for want of the folders above it. */
function statOf(file: string, itself: boolean): Stats | undefined {
  try {
    return itself ? lstatSync(file, { throwIfNoEntry: false }) : statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function placeOf(projectFolder: string, path: string): string {
  if (isAbsolute(path)) return path;
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
  const stat = statOf(folder, false);
  const isQuiet =
    stat === undefined ? folder !== join(folder, "..") && isQuietAbove(folder, since, known) : wasQuiet(stat, since);
  known.set(folder, isQuiet);
  return isQuiet;
}
