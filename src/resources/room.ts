import { statfsSync } from "node:fs";
import { showBytes, showDuration } from "../errors/quantities.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { makeFolder } from "../files/make-folder.ts";

/** From here on people are told first what it takes. */
const large = 1_000_000_000;

/** What a usual disk does, per second: dumps are compressed, restores make indexes, copies are only written. */
const speeds = { dump: 30_000_000, restore: 20_000_000, copy: 200_000_000 } as const;

export interface RoomRequest {
  readonly kind: keyof typeof speeds;
  /** What of: the subject of a sentence. */
  readonly what: string;
  /** How much there is now. */
  readonly bytes: number;
  /** Where it is written to. */
  readonly folder: string;
}

/**
 * Tells time and space when there is a lot to save or bring back, and fails before anything is begun when there is no room for it.
 *
 * @throws the system's error; give it to `guardDisk`.
 */
export function checkRoom({ kind, what, bytes, folder }: RoomRequest, say: (text: string) => void): Result<void> {
  makeFolder(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (bytes >= large) {
    const time = showDuration((bytes / speeds[kind]) * 1000);
    say(`${what} holds ${showBytes(bytes)}: this takes about ${time}; ${showBytes(free)} are free`);
  }
  // Dumps are compressed: how much they take is known afterwards.
  if (free > (kind === "dump" ? 0 : bytes)) return ok();
  return failed({
    code: "no-space",
    message: `${what} needs ${showBytes(bytes)} of space, but only ${showBytes(free)} are free in ${folder}`,
    hint: `Free some space in ${folder}, then run the command again. Nothing was started.`,
  });
}
