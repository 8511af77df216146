import { rollbackTarget } from "../environment/rollback-target.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { servingDeployment } from "../store/serving.ts";
import type { DeploymentRecord, Store } from "../store/store.ts";
import type { RollbackCall } from "./protocol.ts";

export interface Rollback {
  readonly from: DeploymentRecord;
  readonly to: DeploymentRecord;
}

/** What serves, and the deployment to go back to. */
export async function findRollback(store: Store, call: RollbackCall): Promise<Result<Rollback>> {
  const record = await store.environment(call.environment);
  const from = await servingDeployment(store, record);
  if (from === undefined) {
    return failed({
      code: "nothing-deployed",
      message: `Nothing was deployed to ${call.environment} yet`,
      hint: `Deploy a release: tidegate deploy ${call.environment}`,
    });
  }
  const to = rollbackTarget(await candidatesFor(store, call), from, await store.releases());
  return to === undefined ? failed(nothingToRollBack(call)) : ok({ to, from });
}

async function candidatesFor(store: Store, { environment, release }: RollbackCall): Promise<DeploymentRecord[]> {
  const deployments = [...(await store.deployments({ environment }))];
  if (release === undefined) return deployments;
  const wanted = new Set((await store.findReleases(release)).map(({ digest }) => digest));
  return deployments.filter((deployment) => wanted.has(deployment.release));
}

function nothingToRollBack({ environment, release }: RollbackCall) {
  return {
    code: "nothing-to-roll-back",
    message: `${environment} has served ${release === undefined ? "nothing else" : `no other release ${release}`} that it could go back to`,
    hint: `See what it served: tidegate history ${environment}`,
  } as const;
}
