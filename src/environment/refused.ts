import type { ReleaseRecord } from "../store/store.ts";

/** Digests of the releases that are in quarantine: refused in every environment. */
export function refusedReleases(
  releases: readonly Pick<ReleaseRecord, "digest" | "quarantine">[],
): ReadonlySet<string> {
  return new Set(releases.filter(({ quarantine }) => quarantine !== undefined).map(({ digest }) => digest));
}
