import { collectReleases, planRetention, type RetentionPlan } from "../../agent/collect-releases.ts";
import type { BlobDigest, CollectedBlobs } from "../../blobs/blob-store.ts";
import { retentionOf } from "../../environment/build-spec.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { actionAt } from "../../records/action.ts";
import { toNewEvent } from "../../records/envelope.ts";
import type { ReleaseManifest } from "../../release/manifest.ts";
import { readManifest } from "../../release/read-manifest.ts";
import { verifyRelease } from "../../release/verify.ts";
import type { ReleaseRecord } from "../../store/store.ts";
import type { Session } from "../session.ts";
import { whoAsks } from "../who-asks.ts";
import { findRelease } from "./find-release.ts";
import { verifyPrepared } from "./verify-prepared.ts";

/** A release, and whether its files are still there. */
export interface ListedRelease extends ReleaseRecord {
  /** Its files were collected: it can be told of, but not deployed. */
  readonly collected?: true;
}

/** All releases, the one that was made last first. */
export async function listReleases({ store, blobs }: Session): Promise<Result<readonly ListedRelease[]>> {
  const releases = await store.releases();
  if (!releases.ok) return releases;
  const listed: ListedRelease[] = [];
  for (const release of releases.value) {
    const has = await blobs.has(release.digest as BlobDigest);
    if (!has.ok) return has;
    listed.push(has.value ? release : { ...release, collected: true });
  }
  return ok(listed);
}

export interface ReleaseRequest {
  /** A digest, or its beginning. */
  readonly release: string;
}

/** A release and what is in it. */
export async function showRelease(
  session: Session,
  request: ReleaseRequest,
): Promise<Result<{ readonly release: ReleaseRecord; readonly manifest: ReleaseManifest }>> {
  const release = await findRelease(session, request.release);
  if (!release.ok) return release;
  const manifest = await readManifest(release.value.digest, session.blobs);
  return manifest.ok ? ok({ release: release.value, manifest: manifest.value }) : manifest;
}

/** Reads every stored file of a release, of all when none is named. The digests of those that are what they were. */
export async function verifyReleases(session: Session, request: Partial<ReleaseRequest>): Promise<Result<string[]>> {
  const chosen = await chosenReleases(session, request.release);
  if (!chosen.ok) return chosen;
  const results = await Promise.all(chosen.value.map((digest) => verifyRelease(digest, session.blobs)));
  const failures = results.flatMap((result) => (result.ok ? [] : result.failures));
  const prepared = await verifyPrepared(session, chosen.value);
  if (!prepared.ok) failures.push(...prepared.failures);
  return failures.length > 0 ? failed(...failures) : chosen;
}

/** Lifts the quarantine of a release that was rolled back. */
export async function clearRelease(session: Session, request: ReleaseRequest): Promise<Result<ReleaseRecord>> {
  const release = await findRelease(session, request.release);
  if (!release.ok) return release;
  const { ports, store } = session;
  const by = await whoAsks(ports.folder, ports.env);
  const action = actionAt(ports.now(), "clear-quarantine", { by, release: release.value.digest });
  const lifted = await store.setQuarantine(release.value.digest, undefined, { action });
  if (!lifted.ok) return lifted;
  const event = { type: "releaseCleared", release: release.value.digest } as const;
  const kept = await store.appendEvents([toNewEvent({ at: ports.now(), by, event })]);
  return kept.ok ? release : kept;
}

export interface PinRequest extends ReleaseRequest {
  readonly reason?: string;
}

/** Keeps a release's files whatever happens, until it is unpinned. Fails with `release-collected` when they are gone. */
export async function pinRelease(session: Session, request: PinRequest): Promise<Result<ReleaseRecord>> {
  const release = await findRelease(session, request.release);
  if (!release.ok) return release;
  const { store, blobs, ports } = session;
  const hold = await blobs.hold();
  if (!hold.ok) return hold;
  try {
    const { digest } = release.value;
    const manifest = await readManifest(digest, blobs);
    if (!manifest.ok) return manifest;
    const { reason } = request;
    const by = await whoAsks(ports.folder, ports.env);
    const why = reason !== undefined && { reason };
    const action = actionAt(ports.now(), "pin", { by, release: digest, ...why });
    const pinned = await store.setPin(digest, { at: ports.now(), by, ...why }, { action });
    return pinned.ok ? release : pinned;
  } finally {
    hold.value.letGo();
  }
}

/** The release is kept no longer than others. */
export async function unpinRelease(session: Session, request: ReleaseRequest): Promise<Result<ReleaseRecord>> {
  const release = await findRelease(session, request.release);
  if (!release.ok) return release;
  const { ports, store } = session;
  const by = await whoAsks(ports.folder, ports.env);
  const action = actionAt(ports.now(), "unpin", { by, release: release.value.digest });
  const lifted = await store.setPin(release.value.digest, undefined, { action });
  return lifted.ok ? release : lifted;
}

/** What stays of which releases and why, and whose files go, or went. `freed`: absent when nothing was removed. */
export interface Pruned extends RetentionPlan {
  readonly freed?: CollectedBlobs;
}

/** Removes the files of releases that nobody needs any more, or only says which. */
export async function pruneReleases(session: Session, request: { readonly dryRun: boolean }): Promise<Result<Pruned>> {
  const { store, blobs, ports, project } = session;
  const world = { store, blobs, now: ports.now };
  const limits = retentionOf(project);
  const plan = await planRetention(world, limits);
  if (!plan.ok || request.dryRun) return plan;
  const by = await whoAsks(ports.folder, ports.env);
  const noted = await store.appendActions([actionAt(ports.now(), "prune-releases", { by })]);
  if (!noted.ok) return noted;
  const collected = await collectReleases(world, limits);
  if (!collected.ok) return collected;
  if (collected.value === undefined) return failed(underWay);
  const { gone, ...freed } = collected.value;
  return ok({ kept: plan.value.kept, gone, freed });
}

const underWay: Failure = {
  code: "environment-busy",
  message: "A release is being packed or a deployment is beginning; nothing was removed",
  hint: "Run it again in a moment: tidegate release prune",
};

/** All but those whose files were collected, which nobody expects to be there. */
async function chosenReleases(session: Session, prefix: string | undefined): Promise<Result<string[]>> {
  if (prefix === undefined) {
    const all = await listReleases(session);
    return all.ok ? ok(all.value.filter(({ collected }) => !collected).map(({ digest }) => digest)) : all;
  }
  const release = await findRelease(session, prefix);
  return release.ok ? ok([release.value.digest]) : release;
}
