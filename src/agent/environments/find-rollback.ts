import { aboutOf } from "../../environment/about.ts";
import { rollbackTarget } from "../../environment/rollback-target.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { servingIn } from "../../store/serving.ts";
import type { DeploymentRecord, Store } from "../../store/store.ts";
import type { RollbackCall } from "../protocol/protocol.ts";

export interface Rollback {
  readonly from: DeploymentRecord;
  readonly to: DeploymentRecord;
}

/** What serves, and the deployment to go back to. */
export async function findRollback(store: Store, call: RollbackCall): Promise<Result<Rollback>> {
  const serving = await servingIn(store, call.environment);
  if (!serving.ok) return serving;
  const from = serving.value;
  if (from === undefined) {
    return failed({
      code: "nothing-deployed",
      message: `Nothing was deployed to ${call.environment} yet`,
      hint: `Deploy a release: tidegate deploy ${call.environment}`,
    });
  }
  const candidates = await candidatesFor(store, call);
  if (!candidates.ok) return candidates;
  const releases = await store.releases();
  if (!releases.ok) return releases;
  const to = rollbackTarget(candidates.value, from, releases.value);
  return to === undefined ? failed(nothingToRollBack(call)) : ok({ to, from });
}

async function candidatesFor(
  store: Store,
  { environment, release }: RollbackCall,
): Promise<Result<readonly DeploymentRecord[]>> {
  const deployments = await deploymentsOf(store, environment);
  if (!deployments.ok || release === undefined) return deployments;
  const found = await store.findReleases(release);
  if (!found.ok) return found;
  const wanted = new Set(found.value.map(({ digest }) => digest));
  return ok(deployments.value.filter((deployment) => wanted.has(deployment.release)));
}

/** Those of this environment: a preview of the same name may have been there before, whose secrets and data are gone. */
async function deploymentsOf(store: Store, environment: string): Promise<Result<readonly DeploymentRecord[]>> {
  const record = await store.environment(environment);
  const about = record.ok ? aboutOf(record.value) : record;
  if (!about.ok) return about;
  const deployments = await store.deployments({ environment });
  const since = about.value?.preview === undefined ? 0 : about.value.createdAt;
  return deployments.ok ? ok(deployments.value.filter(({ at }) => at >= since)) : deployments;
}

function nothingToRollBack({ environment, release }: RollbackCall) {
  return {
    code: "nothing-to-roll-back",
    message: `${environment} has served ${release === undefined ? "nothing else" : `no other release ${release}`} that it could go back to`,
    hint: `See what it served: tidegate history ${environment}`,
  } as const;
}
