import type { DeploymentRecord, ReleaseRecord } from "../store/store.ts";
import { refusedReleases } from "./refused.ts";

/** How many deployments, and how many releases to go back to, are kept ready. */
const kept = 5;

/**
 * The deployments of an environment whose instances' output, unpacked release and secrets are still of use: the last
 * five, those that have something running, and those that rollbacks can still lead to. `deployments` is newest first.
 */
export function deploymentsToKeep(
  deployments: readonly DeploymentRecord[],
  inUse: ReadonlySet<number>,
  releases: readonly ReleaseRecord[],
): ReadonlySet<number> {
  const refused = refusedReleases(releases);
  const reachable = new Map<string, number>();
  for (const { id, release, end } of deployments) {
    if (end?.outcome === "deployed" && !refused.has(release) && !reachable.has(release)) reachable.set(release, id);
  }
  return new Set([
    ...deployments.slice(0, kept).map(({ id }) => id),
    ...deployments.filter(({ end }) => end === undefined).map(({ id }) => id),
    ...[...reachable.values()].slice(0, kept),
    ...inUse,
  ]);
}
