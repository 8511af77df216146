import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Driver } from "../../drivers/driver.ts";
import { knownEnvironments } from "../../environment/about.ts";
import type { Failure } from "../../errors/failure.ts";
import { ok, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import type { StatePaths } from "../../files/state-paths.ts";
import type { DeploymentRecord, Store } from "../../store/store.ts";
import { emptyFleet, type Member } from "../../strategies/fleet.ts";
import type { EnvironmentHands } from "./performer-world.ts";

/** Every instance of the environment: those that are looked after, and whatever else runs there or bears the mark of one. */
export async function runningMembers({ keeper, driver, lease }: EnvironmentHands): Promise<Result<readonly Member[]>> {
  const observed = await driver.observe(lease.environment);
  if (!observed.ok) return observed;
  const known = keeper.members;
  const strays = observed.value.filter(
    ({ id, state }) => state.state === "running" && !known.some((member) => member.id === id),
  );
  const beside = await driver.beside(lease.environment);
  if (!beside.ok) return beside;
  const members = [...known, ...strays];
  const others = new Set(beside.value.found.flatMap(({ id }) => id ?? []));
  for (const { id } of members) others.delete(id);
  return ok([...members, ...[...others].map(unnoted)]);
}

/** What runs by its mark alone: where it came from is not known, and not asked of what is stopped. */
function unnoted(id: string): Member {
  return { id, service: "", release: "", deployment: 0 };
}

/** Where an environment may have left something. */
export interface Traces {
  readonly store: Pick<Store, "environments" | "unfinishedDeployments" | "resources">;
  readonly driver: Pick<Driver, "observe">;
  readonly paths: StatePaths;
}

/** Whether there is anything to destroy. What cannot be inspected may be there. */
export async function isAnythingThere({ store, driver, paths }: Traces, environment: string): Promise<Result<boolean>> {
  const known = await knownEnvironments(store);
  if (!known.ok) return known;
  const resources = await store.resources(environment);
  if (!resources.ok) return resources;
  const observed = await driver.observe(environment);
  const isRunning = !observed.ok || observed.value.length > 0;
  const isOnDisk = existsSync(dirname(paths.dataOf(environment)));
  return ok(known.value.there.has(environment) || isRunning || isOnDisk || resources.value.length > 0);
}

/** Ends what runs in the environment and is not part of its fleet: what a lost state has left behind. */
export async function stopStrays(hands: EnvironmentHands): Promise<Result<void>> {
  const running = await runningMembers(hands);
  if (!running.ok) return running;
  const own = new Set(hands.keeper.members.map(({ id }) => id));
  const strays = running.value.filter(({ id }) => !own.has(id));
  // Some may have had the requests until a moment ago. What cannot be waited for is no reason to let them run.
  if (strays.length > 0) await hands.keeper.drain(strays);
  return hands.keeper.stop(strays);
}

/**
 * Forgets everything that was kept for an environment that was stopped: processes, secrets, data, and a deployment
 * that was never finished. Its history stays.
 */
export function clearAway(hands: EnvironmentHands, interrupted: DeploymentRecord | undefined): Promise<Result<void>> {
  const { world, lease, driver } = hands;
  const { environment } = lease;
  return guardDisk(async () => {
    const observed = await driver.observe(environment);
    if (!observed.ok) return observed;
    for (const { id } of observed.value) await driver.remove(environment, id, lease.token);
    const sealed = await forgetSealed(hands);
    if (!sealed.ok) return sealed;
    const destroyedData = await driver.destroyData(environment, lease.token);
    if (!destroyedData.ok) return destroyedData;
    if (interrupted !== undefined) {
      const end = {
        at: world.now(),
        outcome: "reverted",
        failures: [destroyed(interrupted)],
        members: emptyFleet,
      } as const;
      const closed = await world.store.finishDeployment(lease, interrupted.id, end);
      if (!closed.ok) return closed;
    }
    return world.store.clearEnvironment(lease);
  });
}

/** By what there is, not by what the history knows: that is longer each day. */
async function forgetSealed({ world, lease }: EnvironmentHands): Promise<Result<void>> {
  for (const id of world.vault.kept()) {
    const deployment = await world.store.deployment(id);
    if (!deployment.ok) return deployment;
    if (deployment.value?.environment === lease.environment) world.vault.forget(id);
  }
  return ok();
}

function destroyed({ id }: DeploymentRecord): Failure {
  return { code: "deployment-aborted", message: `Deployment ${id} was abandoned when its environment was destroyed` };
}
