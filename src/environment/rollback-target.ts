import type { DeploymentRecord, ReleaseRecord } from "../store/store.ts";
import { refusedReleases } from "./refused.ts";

/**
 * Where a rollback goes: the newest deployment before the serving one that succeeded with another release which is
 * not refused. `deployments` is newest first. `undefined` when there is none.
 */
export function rollbackTarget(
  deployments: readonly DeploymentRecord[],
  serving: DeploymentRecord,
  releases: readonly ReleaseRecord[],
): DeploymentRecord | undefined {
  const refused = refusedReleases(releases);
  return deployments.find(
    (deployment) =>
      deployment.id < serving.id &&
      deployment.end?.outcome === "deployed" &&
      deployment.release !== serving.release &&
      !refused.has(deployment.release),
  );
}
