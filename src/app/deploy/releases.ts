import { failed, ok, type Result } from "../../errors/result.ts";
import type { ReleaseManifest } from "../../release/manifest.ts";
import { readManifest } from "../../release/read-manifest.ts";
import { verifyRelease } from "../../release/verify.ts";
import type { ReleaseRecord } from "../../store/store.ts";
import type { Session } from "../session.ts";
import { findRelease } from "./find-release.ts";

/** All releases, newest first. */
export function listReleases({ store }: Session): Promise<Result<readonly ReleaseRecord[]>> {
  return store.releases();
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
  return failures.length > 0 ? failed(...failures) : chosen;
}

/** Lifts the quarantine of a release that was rolled back. */
export async function clearRelease(session: Session, request: ReleaseRequest): Promise<Result<ReleaseRecord>> {
  const release = await findRelease(session, request.release);
  if (!release.ok) return release;
  const lifted = await session.store.setQuarantine(release.value.digest, undefined);
  return lifted.ok ? release : lifted;
}

async function chosenReleases(session: Session, prefix: string | undefined): Promise<Result<string[]>> {
  if (prefix === undefined) {
    const all = await session.store.releases();
    return all.ok ? ok(all.value.map(({ digest }) => digest)) : all;
  }
  const release = await findRelease(session, prefix);
  return release.ok ? ok([release.value.digest]) : release;
}
