import type { DeploymentRecord, ReleaseRecord } from "../store/store.ts";
import { refusedReleases } from "./refused.ts";
import { servesSame } from "./serves-same.ts";

/**
 * Where a rollback goes: the newest deployment before the serving one that succeeded with another release or another
 * config, and whose release is not refused. What an earlier rollback left is not gone back to. `deployments` is newest
 * first. `undefined` when there is none.
 */
export function rollbackTarget(
  deployments: readonly DeploymentRecord[],
  serving: DeploymentRecord,
  releases: readonly ReleaseRecord[],
): DeploymentRecord | undefined {
  const refused = refusedReleases(releases);
  const origin = originOf(deployments, serving);
  return deployments.find(
    (deployment) =>
      deployment.id < origin.id &&
      deployment.end?.outcome === "deployed" &&
      !servesSame(deployment, serving) &&
      !refused.has(deployment.release),
  );
}

/** The deployment that a rollback or a mending brought back; any other deployment is its own origin. */
function originOf(deployments: readonly DeploymentRecord[], deployment: DeploymentRecord): DeploymentRecord {
  if (deployment.kind !== "rollback" && deployment.kind !== "mend") return deployment;
  const restored = deployments.find(
    (other) => other.id < deployment.id && other.end?.outcome === "deployed" && servesSame(other, deployment),
  );
  return restored === undefined ? deployment : originOf(deployments, restored);
}
