import { type BigIntStats, lstatSync, type PathLike, type Stats } from "node:fs";

/**
 * What a path itself is, a link being a link; `undefined` when nothing is there, also because something on the way to it
 * is no folder: `lstatSync` throws then, whatever `throwIfNoEntry` says, while `statSync` does not. @throws the system's error.
 */
export function lstatIfThere(path: PathLike): Stats | undefined {
  return ifThere(() => lstatSync(path, { throwIfNoEntry: false }));
}

/** The same, to the nanosecond. */
export function preciseLstatIfThere(path: PathLike): BigIntStats | undefined {
  return ifThere(() => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
}

function ifThere<Found>(look: () => Found | undefined): Found | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
}
