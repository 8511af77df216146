import type { ResourceStatus } from "../../../environment/resource-status.ts";
import { count, showBytes } from "../../../errors/quantities.ts";
import { safeLine } from "../safe-text.ts";
import { showAge } from "./show-age.ts";

/** Name, kind with the version that answers, what is going on with it, how much it keeps, its snapshots. */
export function resourceRow(resource: ResourceStatus, now: number): string[] {
  const { name, kind, version, state, bytes, snapshots, lastSnapshot } = resource;
  const saved = lastSnapshot === undefined ? "" : `, the newest ${showAge(lastSnapshot, now)}`;
  return [
    name,
    version === undefined ? kind : `${kind} ${safeLine(version)}`,
    state === "ready" ? "" : state,
    bytes === undefined ? "" : showBytes(bytes),
    snapshots === undefined ? "" : `${count(snapshots, "snapshot")}${saved}`,
  ];
}
