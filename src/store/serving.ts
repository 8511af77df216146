import { ok, type Result } from "../errors/result.ts";
import type { DeploymentRecord, EnvironmentRecord, Store } from "./store.ts";

/** The deployment that serves in an environment; `undefined` when none does, or the environment is not known. */
export async function servingDeployment(
  store: Store,
  environment: EnvironmentRecord | undefined,
): Promise<Result<DeploymentRecord | undefined>> {
  return environment?.serving === undefined ? ok(undefined) : store.deployment(environment.serving);
}

/** Like `servingDeployment`, of the environment with that name. */
export async function servingIn(store: Store, environment: string): Promise<Result<DeploymentRecord | undefined>> {
  const record = await store.environment(environment);
  return record.ok ? servingDeployment(store, record.value) : record;
}
