import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { deploymentsToKeep } from "../environment/keep.ts";
import { type Member, membersOf, specOf } from "../environment/spec.ts";
import { releaseFolderName } from "../release/release-folder.ts";
import { jobIdsOf } from "../rollout/jobs.ts";
import type { DeploymentRecord, ReleaseRecord } from "../store/store.ts";
import type { AgentWorld } from "./world.ts";

/** How far back is looked: whatever is older was tidied up after an earlier deployment. */
const lookedAt = 40;

/**
 * Removes what nobody can go back to any more: of old deployments the records and outputs of their processes and their
 * sealed secrets, and unpacked releases that none is left to need. History and packed releases stay. Returns the
 * deployments it has forgotten.
 */
export async function tidy(
  world: AgentWorld,
  environment: string,
  members: readonly Member[],
): Promise<readonly number[]> {
  const { store } = world;
  const releases = await store.releases();
  const deployments = await store.deployments({ environment, limit: lookedAt });
  const kept = deploymentsToKeep(deployments, await inUse(world, environment, members), releases);
  const dropped = deployments.filter(({ id }) => !kept.has(id));
  for (const deployment of dropped) await forgetDeployment(world, deployment);
  await removeReleases(world, releases);
  return dropped.map(({ id }) => id);
}

/**
 * Removes what is kept about the processes of a deployment that has ended, and its secrets. Of one whose spec is not
 * understood the processes are not known: what is kept of them stays.
 */
export async function forgetDeployment(world: AgentWorld, deployment: DeploymentRecord): Promise<void> {
  const { id, environment } = deployment;
  const spec = specOf(deployment);
  const processes = spec.ok
    ? [...membersOf(spec.value, id).map((member) => member.id), ...jobIdsOf(spec.value, id)]
    : [];
  for (const process of processes) await world.driver.remove(environment, process);
  world.vault.forget(id);
}

async function inUse(
  { store, driver }: AgentWorld,
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

/** Only releases that the store knows to be unused: one that it does not know may be running all the same. */
async function removeReleases(world: AgentWorld, releases: readonly ReleaseRecord[]): Promise<void> {
  const { store, paths } = world;
  const needed = new Set<string>();
  for (const { name } of await store.environments()) {
    const deployments = await store.deployments({ environment: name, limit: lookedAt });
    const kept = deploymentsToKeep(deployments, await inUse(world, name, []), releases);
    for (const { id, release } of deployments) if (kept.has(id)) needed.add(release);
  }
  const unneeded = new Set(
    (await store.deployments({ limit: lookedAt * 4 }))
      .filter(({ release }) => !needed.has(release))
      .map(({ release }) => releaseFolderName(release)),
  );
  for (const folder of await readdir(paths.releases).catch(() => []))
    if (unneeded.has(folder)) await rm(join(paths.releases, folder), { recursive: true, force: true });
}
