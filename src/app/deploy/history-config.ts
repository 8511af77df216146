import { type ConfigChange, configChanges } from "../../environment/config-changes.ts";
import { specOf } from "../../environment/spec.ts";
import { ok, type Result } from "../../errors/result.ts";
import type { DeploymentRecord, Store } from "../../store/store.ts";

/** What a deployment did to the config of its environment. */
export interface HistoryConfig {
  /** Against what served before; [] for the first. */
  readonly changes: readonly ConfigChange[];
  /** Keys set by hand. */
  readonly set: readonly string[];
  /** What is recorded of it is not understood: it is of a newer Tidegate, or damaged. */
  readonly isUnknown?: true;
}

/** How far back what served before a deployment is looked for. */
const lookedAt = 1_000;

type WithConfig = DeploymentRecord & { readonly config: HistoryConfig };

/** The deployments with what each changed. */
export async function withConfig(
  store: Store,
  deployments: readonly DeploymentRecord[],
): Promise<Result<WithConfig[]>> {
  const byName = new Map<string, readonly DeploymentRecord[]>();
  for (const environment of new Set(deployments.map((deployment) => deployment.environment))) {
    const all = await store.deployments({ environment, limit: lookedAt });
    if (!all.ok) return all;
    byName.set(environment, all.value);
  }
  const changed = deployments.map((deployment): WithConfig => {
    const spec = specOf(deployment);
    const before = servedBefore(deployment, byName.get(deployment.environment)!);
    const was = before && specOf(before);
    if (!spec.ok || was?.ok === false) return { ...deployment, config: { changes: [], set: [], isUnknown: true } };
    const changes = was === undefined ? [] : configChanges(was.value, spec.value);
    return { ...deployment, config: { changes, set: spec.value.set ?? [] } };
  });
  return ok(changed);
}

/** `deployments` is newest first. */
function servedBefore({ id }: DeploymentRecord, deployments: readonly DeploymentRecord[]) {
  return deployments.find((other) => other.id < id && other.end?.outcome === "deployed");
}
