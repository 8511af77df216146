import { snapshotReasons } from "../../../documents/common-words.ts";
import { count, showBytes, showDuration } from "../../../errors/quantities.ts";
import { unreachable } from "../../../errors/unreachable.ts";
import type { ResourceEvent, SnapshotReason } from "../../../events/event.ts";
import { safeLine } from "../safe-text.ts";

/** "before a migration". */
export function showReason(because: SnapshotReason): string {
  return snapshotReasons[because];
}

/** Whether something went wrong. */
export function isBad(event: ResourceEvent): boolean {
  return event.type === "backupFailed" || (event.type === "snapshotRehearsed" && event.failures.length > 0);
}

/** "db: snapshot 3 (1.4 MB) was made before a migration in 1.2 s". */
export function showResource(event: ResourceEvent): string {
  return `${safeLine(event.resource)}: ${what(event)}`;
}

function what(event: ResourceEvent): string {
  switch (event.type) {
    case "resourceCreated":
      return `${safeLine(event.kind)} made`;
    case "resourceDestroyed":
      return `removed${withSnapshots(event.snapshots)}`;
    case "resourceProgress":
      return safeLine(event.text);
    case "snapshotPredates":
      return `snapshot ${event.snapshot} is from before the migration of deployment ${event.deployment}, which is serving; migrate again afterwards: tidegate deploy ${safeLine(event.environment)}`;
    case "snapshotMade": {
      const { snapshot, bytes, because, durationMs } = event;
      return `snapshot ${snapshot} (${showBytes(bytes)}) made ${snapshotReasons[because]} in ${showDuration(durationMs)}`;
    }
    case "snapshotRemoved":
      return `snapshot ${event.snapshot} removed: newer ones are kept`;
    case "snapshotRehearsed":
      return event.failures.length === 0
        ? `snapshot ${event.snapshot} can be restored: tested in ${showDuration(event.durationMs)}`
        : `snapshot ${event.snapshot} CANNOT be restored: ${messages(event.failures)}`;
    case "resourceRestored":
      return `is as it was in snapshot ${event.snapshot}, restored in ${showDuration(event.durationMs)}`;
    case "backupFailed":
      return `the scheduled backup FAILED: ${messages(event.failures)}`;
    default:
      return unreachable(event);
  }
}

/** What an older agent told does not say how many there were. */
function withSnapshots(snapshots: number | undefined): string {
  if (snapshots === undefined) return ", with its snapshots";
  return snapshots === 0 ? "" : ` with ${count(snapshots, "snapshot")}`;
}

function messages(failures: readonly { readonly message: string }[]): string {
  return failures.map(({ message }) => safeLine(message)).join("; ");
}
