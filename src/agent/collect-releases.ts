import type { BlobStore, CollectedBlobs } from "../blobs/blob-store.ts";
import { type KeptBecause, type RetentionInput, releasesToKeep } from "../environment/retention.ts";
import type { RetentionLimits } from "../environment/spec.ts";
import { ok, type Result } from "../errors/result.ts";
import { approvalOf } from "../records/matter.ts";
import { blobsOfAll, releaseRoot } from "../release/release-blobs.ts";
import type { ReleaseRecord, Store } from "../store/store.ts";

export interface CollectorWorld {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly now: () => number;
}

/** What stays and why, and whose files go. Releases whose files went before are in neither. */
export interface RetentionPlan {
  readonly kept: ReadonlyMap<string, KeptBecause>;
  readonly gone: readonly ReleaseRecord[];
}

export interface CollectedReleases extends CollectedBlobs {
  readonly gone: readonly ReleaseRecord[];
}

/** Says what a collection would do now; changes nothing. */
export async function planRetention(world: CollectorWorld, limits: RetentionLimits): Promise<Result<RetentionPlan>> {
  const { store, blobs, now } = world;
  const releases = await store.releases();
  if (!releases.ok) return releases;
  const environments = await environmentsOf(store);
  if (!environments.ok) return environments;
  const input = { releases: releases.value, environments: environments.value, limits, now: now() };
  const waiting = await releasesAwaited(store);
  if (!waiting.ok) return waiting;
  const kept = new Map<string, KeptBecause>([
    ...releasesToKeep(input),
    ...waiting.value.map((digest) => [digest, "underWay"] as const),
  ]);
  const gone: ReleaseRecord[] = [];
  for (const release of releases.value.filter(({ digest }) => !kept.has(digest))) {
    const has = await blobs.has(release.digest as Parameters<BlobStore["has"]>[0]);
    if (!has.ok) return has;
    if (has.value) gone.push(release);
  }
  return ok({ kept, gone });
}

/**
 * Removes the files of releases that nobody needs any more; what is known of them stays in the history. `undefined` when a
 * release is being packed or a deployment begun: then it is not known yet what is needed, and nothing is removed. Fails,
 * and removes nothing, when the manifest of a release that stays cannot be read.
 */
export async function collectReleases(
  world: CollectorWorld,
  limits: RetentionLimits,
): Promise<Result<CollectedReleases | undefined>> {
  let gone: readonly ReleaseRecord[] = [];
  const collected = await world.blobs.collect(async () => {
    const plan = await planRetention(world, limits);
    if (!plan.ok) return plan;
    const kept = await blobsOfAll(plan.value.kept.keys(), world.blobs);
    if (!kept.ok) return kept;
    for (const { digest } of plan.value.gone) {
      const released = await world.blobs.release(releaseRoot(digest));
      if (!released.ok) return released;
    }
    gone = plan.value.gone;
    return kept;
  });
  if (!collected.ok) return collected;
  return ok(collected.value && { ...collected.value, gone });
}

/** Those of deployments that wait for approval. */
async function releasesAwaited(store: Store): Promise<Result<readonly string[]>> {
  const open = await store.matters({ isOpen: true });
  if (!open.ok) return open;
  const releases: string[] = [];
  for (const matter of open.value.filter(({ kind }) => kind === "approval")) {
    const approval = approvalOf(matter);
    if (!approval.ok) return approval;
    releases.push(approval.value.spec.release);
  }
  return ok(releases);
}

async function environmentsOf(store: Store): Promise<Result<RetentionInput["environments"]>> {
  const records = await store.environments();
  if (!records.ok) return records;
  const environments = [];
  for (const { name, serving } of records.value) {
    const deployments = await store.deployments({ environment: name });
    if (!deployments.ok) return deployments;
    environments.push({ deployments: deployments.value, ...(serving === undefined ? {} : { serving }) });
  }
  return ok(environments);
}
