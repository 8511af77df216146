import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Driver } from "../../drivers/driver.ts";
import { localSpec } from "../../drivers/registry.ts";
import { folderNameOf } from "../../drivers/release-content.ts";
import { deploymentsToKeep } from "../../environment/keep.ts";
import { membersOf, specOf } from "../../environment/spec.ts";
import { ok, type Result } from "../../errors/result.ts";
import { isUntouched } from "../../release/untouched.ts";
import { jobIdsOf } from "../../rollout/jobs.ts";
import type { DeploymentRecord, ReleaseRecord, Store } from "../../store/store.ts";
import type { Member } from "../../strategies/fleet.ts";
import type { AgentWorld } from "../world.ts";
import type { EnvironmentHands } from "./performer-world.ts";

/** How far back is looked: whatever is older was tidied up after an earlier deployment. */
const lookedAt = 40;

/**
 * Removes what nobody can go back to any more: of old deployments the records and outputs of their processes and their
 * sealed secrets, and prepared releases that none is left to need. History and packed releases stay. Returns the
 * deployments it has forgotten.
 */
export async function tidy(hands: EnvironmentHands): Promise<Result<readonly number[]>> {
  const { world, lease, driver, keeper } = hands;
  const { environment, token } = lease;
  const releases = await world.store.releases();
  if (!releases.ok) return releases;
  const sorted = await sortOut({ store: world.store, driver, environment }, keeper.members, releases.value);
  if (!sorted.ok) return sorted;
  const { kept, dropped } = sorted.value;
  for (const deployment of dropped) await forgetDeployment(hands, deployment);
  const needed = new Set(kept.map(({ release }) => release));
  const unneeded = new Set(dropped.map(({ release }) => release).filter((release) => !needed.has(release)));
  for (const release of unneeded) {
    const forgotten = await driver.forget(environment, release, token);
    if (!forgotten.ok) return forgotten;
  }
  const removed = await removeSharedFolders(world, releases.value);
  return removed.ok ? ok(dropped.map(({ id }) => id)) : removed;
}

interface Place {
  readonly store: Store;
  readonly driver: Driver;
  readonly environment: string;
}

interface Sorted {
  readonly kept: readonly DeploymentRecord[];
  readonly dropped: readonly DeploymentRecord[];
}

/** The newest deployments of an environment: those that somebody may go back to, and the others. */
async function sortOut(
  place: Place,
  members: readonly Member[],
  releases: readonly ReleaseRecord[],
): Promise<Result<Sorted>> {
  const deployments = await place.store.deployments({ environment: place.environment, limit: lookedAt });
  if (!deployments.ok) return deployments;
  const used = await inUse(place, members);
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
  { store, driver, environment }: Place,
  members: readonly Member[],
): Promise<Result<ReadonlySet<number>>> {
  const record = await store.environment(environment);
  if (!record.ok) return record;
  const serving = record.value?.serving;
  const observed = await driver.observe(environment);
  // Not seen is not gone: what nobody could look at is kept.
  if (!observed.ok) return observed;
  const running = observed.value.filter(({ state }) => state.state === "running");
  const inHand = [...members, ...running].map(({ deployment }) => deployment);
  return ok(new Set([...(serving === undefined ? [] : [serving]), ...inHand]));
}

/**
 * Until 0.1.0 all environments ran a release from one folder. Such a folder goes when no environment can need it any more,
 * unless something has written into it: that is somebody's.
 */
async function removeSharedFolders(world: AgentWorld, releases: readonly ReleaseRecord[]): Promise<Result<void>> {
  const { store, paths, blobs } = world;
  const folders = new Set(await readdir(paths.releases).catch(() => []));
  if (folders.size === 0) return ok();
  const needed = await neededAnywhere(world, releases);
  if (!needed.ok) return needed;
  // Only releases that the store knows to be unused: one that it does not know may be running all the same.
  const known = await store.deployments({ limit: lookedAt * 4 });
  if (!known.ok) return known;
  for (const release of new Set(known.value.map((deployment) => deployment.release))) {
    const folder = join(paths.releases, folderNameOf(release));
    if (needed.value.has(release) || !folders.has(folderNameOf(release))) continue;
    if (await isUntouched(folder, release, blobs)) await rm(folder, { recursive: true, force: true });
    else world.report({ keptForWhatWasWrittenThere: folder });
  }
  return ok();
}

async function neededAnywhere(
  { store, drivers }: AgentWorld,
  releases: readonly ReleaseRecord[],
): Promise<Result<ReadonlySet<string>>> {
  const driver = await drivers.open(localSpec);
  if (!driver.ok) return driver;
  const environments = await store.environments();
  if (!environments.ok) return environments;
  const needed = new Set<string>();
  for (const { name } of environments.value) {
    const sorted = await sortOut({ store, driver: driver.value, environment: name }, [], releases);
    if (!sorted.ok) return sorted;
    for (const { release } of sorted.value.kept) needed.add(release);
  }
  return ok(needed);
}
