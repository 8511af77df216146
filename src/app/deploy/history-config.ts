import { type ConfigChange, configChanges } from "../../environment/config-changes.ts";
import { specOf } from "../../environment/spec.ts";
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

/** The deployments with what each changed. */
export async function withConfig(
  store: Store,
  deployments: readonly DeploymentRecord[],
): Promise<(DeploymentRecord & { readonly config: HistoryConfig })[]> {
  const names = [...new Set(deployments.map(({ environment }) => environment))];
  const all = await Promise.all(names.map((environment) => store.deployments({ environment, limit: lookedAt })));
  const byName = new Map(names.map((name, index) => [name, all[index]!]));
  return deployments.map((deployment) => {
    const spec = specOf(deployment);
    const before = servedBefore(deployment, byName.get(deployment.environment)!);
    const was = before && specOf(before);
    if (!spec.ok || was?.ok === false) return { ...deployment, config: { changes: [], set: [], isUnknown: true } };
    const changes = was === undefined ? [] : configChanges(was.value, spec.value);
    return { ...deployment, config: { changes, set: spec.value.set ?? [] } };
  });
}

/** `deployments` is newest first. */
function servedBefore({ id }: DeploymentRecord, deployments: readonly DeploymentRecord[]) {
  return deployments.find((other) => other.id < id && other.end?.outcome === "deployed");
}
