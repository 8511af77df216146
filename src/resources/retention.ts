import type { BackupSpec, SnapshotAbout } from "../records/resource.ts";

/**
 * Of the snapshots of one resource, newest first, those that are no longer kept: neither among the newest `keep`, nor young
 * enough. A clock that was set back makes them look young, never old.
 */
export function toForget<S extends Pick<SnapshotAbout, "at">>(
  snapshots: readonly S[],
  { keep, maxAgeMs }: BackupSpec,
  now: number,
): S[] {
  return snapshots.slice(keep).filter(({ at }) => now - at > maxAgeMs);
}

/** After a failed backup it is tried again so soon, or at the next one's time if that is earlier. */
const retryMs = 15 * 60_000;

/**
 * Whether a scheduled backup is due. `last`: when the last one was made or failed, as the store has it. A time that lies
 * ahead is one of before the clock was set back: then it is due at once, and counts from now on.
 */
export function isDue(
  { everyMs }: BackupSpec,
  last: { readonly at: number; readonly problem?: string } | undefined,
  now: number,
): boolean {
  if (everyMs === undefined) return false;
  if (last === undefined || last.at > now) return true;
  return now - last.at >= (last.problem === undefined ? everyMs : Math.min(everyMs, retryMs));
}
