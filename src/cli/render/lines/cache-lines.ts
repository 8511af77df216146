import type { Collection } from "../../../cache/collect/collect.ts";
import type { CacheStatus } from "../../../cache/collect/status.ts";
import type { Verification } from "../../../cache/collect/verify.ts";
import type { Failure } from "../../../errors/failure.ts";
import { count, showBytes } from "../../../errors/quantities.ts";
import { table } from "../table.ts";

const dayMs = 24 * 60 * 60_000;

/** What is in the cache, for people. */
export function statusLines(status: CacheStatus, now: number): string[] {
  const { maxBytes, maxAgeMs } = status.limits;
  const rows = [
    ["results", `${status.entries}, ${status.current} of them current`],
    ["size", `${showBytes(status.bytes)} of ${showBytes(maxBytes)}`],
    ["unused for longest", status.oldestUse === undefined ? "nothing" : showAge(now - status.oldestUse)],
    ["kept when unused", showAge(maxAgeMs)],
    ["last tidied", status.tidiedAt === undefined ? "never" : `${showAge(now - status.tidiedAt)} ago`],
    ...(status.unusable > 0
      ? [["damaged", `${count(status.unusable, "entry", "entries")}: tidegate cache verify`]]
      : []),
  ];
  const largest = status.tasks.map(({ task, entries, bytes }) => [
    `  ${task}`,
    showBytes(bytes),
    count(entries, "result"),
  ]);
  return [...table(rows), ...(largest.length === 0 ? [] : ["", "largest:", ...table(largest)])];
}

export function showCollection({ entriesRemoved, bytesFreed, entriesLeft, bytesLeft }: Collection): string[] {
  const removed = `removed ${count(entriesRemoved, "result")}, ${showBytes(bytesFreed)}`;
  return [`${removed}; ${count(entriesLeft, "result")} left, ${showBytes(bytesLeft)}`];
}

export function verificationLines({ entries, blobs, bytes }: Verification): string[] {
  return [`read ${count(entries, "result")}: ${count(blobs, "file")}, ${showBytes(bytes)}`];
}

/** What was damaged; `undefined` when nothing was. */
export function damageFailure({ damagedBlobs, damagedEntries, incomplete }: Verification): Failure | undefined {
  if (damagedBlobs.length + damagedEntries.length + incomplete.length === 0) return undefined;
  const cause = [
    damagedBlobs.length > 0 ? `${count(damagedBlobs.length, "file")} whose content has changed` : "",
    damagedEntries.length > 0 ? `${count(damagedEntries.length, "result")} that cannot be read` : "",
    incomplete.length > 0 ? `results with missing files: ${incomplete.join(", ")}` : "",
  ].filter((line) => line !== "");
  const message = "The cache had damaged files; they were removed, and their tasks will run again";
  const hint = "There is nothing to do. If it happens again, check the disk.";
  return { code: "cache-damaged", message, cause: cause.join("\n"), hint };
}

/** An age in the largest fitting unit: "3 d", "5 h", "12 min". */
function showAge(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / 60_000));
  if (minutes < 60) return `${minutes} min`;
  return milliseconds < 2 * dayMs ? `${Math.round(minutes / 60)} h` : `${Math.round(milliseconds / dayMs)} d`;
}
