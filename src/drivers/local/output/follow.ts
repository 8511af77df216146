import { setTimeout as wait } from "node:timers/promises";
import type { FollowOptions } from "../../driver.ts";
import { lastLinesOf } from "./log-files.ts";
import { LogReader } from "./log-reader.ts";

const lookEveryMs = 100;

/**
 * The end of a log, then what comes to it. `look` brings the log up to date and says in which files it is, oldest first.
 *
 * @throws the system's error.
 */
export async function* followLog(
  look: () => Promise<readonly string[]>,
  { lines, signal }: FollowOptions,
): AsyncGenerator<Uint8Array> {
  const paths = await look();
  const log = new LogReader(paths);
  try {
    yield lastLinesOf(paths, lines, log.position);
    while (signal?.aborted === false) {
      const bytes = log.next(await look());
      if (bytes.length > 0) yield bytes;
      else await wait(lookEveryMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    log.close();
  }
}
