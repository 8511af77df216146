import type { DeploymentRecord, ReleaseRecord } from "../store/store.ts";
import { refusedReleases } from "./refused.ts";
import { servesSame } from "./serves-same.ts";

/** How many deployments, and how many releases and configs to go back to, are kept ready. */
const kept = 5;

/**
 * The deployments of an environment whose instances' output, unpacked release and secrets are still of use: the last
 * five, those that have something running, and those that rollbacks can still lead to. `deployments` is newest first.
 */
export function deploymentsToKeep(
  deployments: readonly DeploymentRecord[],
  inUse: ReadonlySet<number>,
  releases: readonly Pick<ReleaseRecord, "digest" | "quarantine">[],
): ReadonlySet<number> {
  const refused = refusedReleases(releases);
  const reachable: DeploymentRecord[] = [];
  for (const deployment of deployments) {
    if (reachable.length === kept) break;
    const isGood = deployment.end?.outcome === "deployed" && !refused.has(deployment.release);
    if (isGood && !reachable.some((other) => servesSame(other, deployment))) reachable.push(deployment);
  }
  return new Set([
    ...deployments.slice(0, kept).map(({ id }) => id),
    ...deployments.filter(({ end }) => end === undefined).map(({ id }) => id),
    ...reachable.map(({ id }) => id),
    ...inUse,
  ]);
}
