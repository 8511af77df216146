import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { writeQuickly } from "../../files/write-quickly.ts";

const offset = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const note = v.strictObject({
  version: v.literal(1),
  /** Of the start: names its spool. */
  nonce: v.pipe(v.string(), v.regex(/^[0-9a-f]{1,64}-[0-9a-f]{1,64}$/)),
  /** Whether the processes were given secrets. */
  hasSecrets: v.boolean(),
  /** Bytes of the spool that have been taken over. */
  read: offset,
  /** Bytes of the log when they had: whatever is behind was written by somebody who did not live to note it. */
  written: offset,
  /** The log says that output is withheld. */
  isWithheld: v.boolean(),
});

/**
 * How much of a spool stands in the log. Log and note are written one after the other; whoever is killed in between
 * leaves a log that is longer than noted, which is cut before it is written to again. So every byte of the spool comes
 * to the log exactly once.
 */
export type SpoolNote = v.InferOutput<typeof note>;

/** `undefined` when there is none, or what stands there is none. */
export function readNote(folder: string): SpoolNote | undefined {
  try {
    const parsed = v.safeParse(note, JSON.parse(readFileSync(notePath(folder), "utf8")));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** Without waiting for the disk: after a power cut nobody writes to the spool any more. @throws the system's error. */
export function writeNote(folder: string, value: SpoolNote): void {
  writeQuickly(notePath(folder), JSON.stringify(value));
}

/** Where the note of a process is, in its folder. */
export function notePath(folder: string): string {
  return join(folder, "output.json");
}
