import type { DeploymentRecord, EnvironmentRecord, Store } from "./store.ts";

/** The deployment that serves in an environment; `undefined` when none does, or the environment is not known. */
export async function servingDeployment(
  store: Store,
  environment: EnvironmentRecord | undefined,
): Promise<DeploymentRecord | undefined> {
  return environment?.serving === undefined ? undefined : store.deployment(environment.serving);
}
