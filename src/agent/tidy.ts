import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Driver } from "../drivers/driver.ts";
import { localSpec } from "../drivers/registry.ts";
import { folderNameOf } from "../drivers/release-content.ts";
import { deploymentsToKeep } from "../environment/keep.ts";
import { membersOf, specOf } from "../environment/spec.ts";
import { isUntouched } from "../release/untouched.ts";
import { jobIdsOf } from "../rollout/jobs.ts";
import type { DeploymentRecord, ReleaseRecord } from "../store/store.ts";
import type { Member } from "../strategies/fleet.ts";
import type { EnvironmentHands } from "./performer-world.ts";
import type { AgentWorld } from "./world.ts";

/** How far back is looked: whatever is older was tidied up after an earlier deployment. */
const lookedAt = 40;

/**
 * Removes what nobody can go back to any more: of old deployments the records and outputs of their processes and their
 * sealed secrets, and prepared releases that none is left to need. History and packed releases stay. Returns the
 * deployments it has forgotten.
 */
export async function tidy(hands: EnvironmentHands): Promise<readonly number[]> {
  const { world, lease, driver, keeper } = hands;
  const { environment, token } = lease;
  const { store } = world;
  const releases = await store.releases();
  const deployments = await store.deployments({ environment, limit: lookedAt });
  const kept = deploymentsToKeep(deployments, await inUse(world, driver, environment, keeper.members), releases);
  const dropped = deployments.filter(({ id }) => !kept.has(id));
  for (const deployment of dropped) await forgetDeployment(hands, deployment);
  const needed = new Set(deployments.filter(({ id }) => kept.has(id)).map(({ release }) => release));
  const unneeded = new Set(dropped.map(({ release }) => release).filter((release) => !needed.has(release)));
  for (const release of unneeded) await driver.forget(environment, release, token);
  await removeSharedFolders(world, releases);
  return dropped.map(({ id }) => id);
}

/**
 * Removes what is kept about the processes of a deployment that has ended, and its secrets. Of one whose spec is not
 * understood the processes are not known: what is kept of them stays.
 */
export async function forgetDeployment(
  { world, driver, lease }: EnvironmentHands,
  deployment: DeploymentRecord,
): Promise<void> {
  const { id, environment } = deployment;
  const spec = specOf(deployment);
  const processes = spec.ok
    ? [...membersOf(spec.value, id).map((member) => member.id), ...jobIdsOf(spec.value, id)]
    : [];
  for (const process of processes) await driver.remove(environment, process, lease.token);
  world.vault.forget(id);
}

async function inUse(
  { store }: AgentWorld,
  driver: Driver,
  environment: string,
  members: readonly Member[],
): Promise<ReadonlySet<number>> {
  const serving = (await store.environment(environment))?.serving;
  const observed = await driver.observe(environment);
  const running = observed.ok ? observed.value.filter(({ state }) => state.state === "running") : [];
  return new Set([
    ...(serving === undefined ? [] : [serving]),
    ...[...members, ...running].map(({ deployment }) => deployment),
  ]);
}

/**
 * Until 0.1.0 all environments ran a release from one folder. Such a folder goes when no environment can need it any more,
 * unless something has written into it: that is somebody's.
 */
async function removeSharedFolders(world: AgentWorld, releases: readonly ReleaseRecord[]): Promise<void> {
  const { store, paths, drivers, blobs } = world;
  const folders = new Set(await readdir(paths.releases).catch(() => []));
  if (folders.size === 0) return;
  const driver = await drivers.open(localSpec);
  if (!driver.ok) return;
  const needed = new Set<string>();
  for (const { name } of await store.environments()) {
    const deployments = await store.deployments({ environment: name, limit: lookedAt });
    const kept = deploymentsToKeep(deployments, await inUse(world, driver.value, name, []), releases);
    for (const { id, release } of deployments) if (kept.has(id)) needed.add(release);
  }
  // Only releases that the store knows to be unused: one that it does not know may be running all the same.
  const known = new Set((await store.deployments({ limit: lookedAt * 4 })).map(({ release }) => release));
  for (const release of known) {
    const folder = join(paths.releases, folderNameOf(release));
    if (needed.has(release) || !folders.has(folderNameOf(release))) continue;
    if (await isUntouched(folder, release, blobs)) await rm(folder, { recursive: true, force: true });
    else world.report({ keptForWhatWasWrittenThere: folder });
  }
}
