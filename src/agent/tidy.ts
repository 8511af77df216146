import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { deploymentsToKeep } from "../environment/keep.ts";
import { membersOf, specOf } from "../environment/spec.ts";
import { ok, type Result } from "../errors/result.ts";
import { releaseFolderName } from "../release/release-folder.ts";
import { jobIdsOf } from "../rollout/jobs.ts";
import type { DeploymentRecord, ReleaseRecord } from "../store/store.ts";
import type { Member } from "../strategies/fleet.ts";
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
): Promise<Result<readonly number[]>> {
  const releases = await world.store.releases();
  if (!releases.ok) return releases;
  const sorted = await sortOut(world, environment, members, releases.value);
  if (!sorted.ok) return sorted;
  const { dropped } = sorted.value;
  for (const deployment of dropped) await forgetDeployment(world, deployment);
  const removed = await removeReleases(world, releases.value);
  return removed.ok ? ok(dropped.map(({ id }) => id)) : removed;
}

interface Sorted {
  readonly kept: readonly DeploymentRecord[];
  readonly dropped: readonly DeploymentRecord[];
}

/** The newest deployments of an environment: those that somebody may go back to, and the others. */
async function sortOut(
  world: AgentWorld,
  environment: string,
  members: readonly Member[],
  releases: readonly ReleaseRecord[],
): Promise<Result<Sorted>> {
  const deployments = await world.store.deployments({ environment, limit: lookedAt });
  if (!deployments.ok) return deployments;
  const used = await inUse(world, environment, members);
  if (!used.ok) return used;
  const keep = deploymentsToKeep(deployments.value, used.value, releases);
  return ok({
    kept: deployments.value.filter(({ id }) => keep.has(id)),
    dropped: deployments.value.filter(({ id }) => !keep.has(id)),
  });
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
): Promise<Result<ReadonlySet<number>>> {
  const record = await store.environment(environment);
  if (!record.ok) return record;
  const serving = record.value?.serving;
  const observed = await driver.observe(environment);
  const running = observed.ok ? observed.value.filter(({ state }) => state.state === "running") : [];
  const inHand = [...members, ...running].map(({ deployment }) => deployment);
  return ok(new Set([...(serving === undefined ? [] : [serving]), ...inHand]));
}

/** Only releases that the store knows to be unused: one that it does not know may be running all the same. */
async function removeReleases(world: AgentWorld, releases: readonly ReleaseRecord[]): Promise<Result<void>> {
  const { store, paths } = world;
  const needed = new Set<string>();
  const environments = await store.environments();
  if (!environments.ok) return environments;
  for (const { name } of environments.value) {
    const sorted = await sortOut(world, name, [], releases);
    if (!sorted.ok) return sorted;
    for (const { release } of sorted.value.kept) needed.add(release);
  }
  const deployments = await store.deployments({ limit: lookedAt * 4 });
  if (!deployments.ok) return deployments;
  const unneeded = new Set(
    deployments.value.filter(({ release }) => !needed.has(release)).map(({ release }) => releaseFolderName(release)),
  );
  for (const folder of await readdir(paths.releases).catch(() => []))
    if (unneeded.has(folder)) await rm(join(paths.releases, folder), { recursive: true, force: true });
  return ok();
}
