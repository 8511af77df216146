import type { DeploymentRecord, ReleaseRecord } from "../store/store.ts";
import { deploymentsToKeep } from "./keep.ts";
import type { RetentionLimits } from "./spec.ts";

/** What the definition says of it where it says nothing: 10 releases of each environment, and 7 days. */
export const defaultRetention: RetentionLimits = { keep: 10, maxAgeMs: 7 * 24 * 60 * 60_000 };

/** Why a release stays, the strongest reason first. */
export type KeptBecause = "serves" | "underWay" | "servedBefore" | "pinned" | "recent" | "young" | "latest";

export interface RetentionInput {
  /** In the order of their making, the latest first. */
  readonly releases: readonly (Pick<ReleaseRecord, "digest" | "createdAt" | "quarantine"> & {
    readonly pinned?: unknown;
  })[];
  readonly environments: readonly {
    /** The deployment that serves. */
    readonly serving?: number;
    /** Newest first. */
    readonly deployments: readonly DeploymentRecord[];
  }[];
  readonly limits: RetentionLimits;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * The releases whose files stay, and why: those that serve or are about to, those that rollbacks lead to, pinned ones, the
 * newest few that each environment has had, those made lately, and the one made last. A release with a clock ahead of ours
 * is young.
 *
 * Example: keep 1, 7 days; production had a, b, c (serving, b before it); made: d (now), c, b, a (all 30 days ago). c serves,
 * b and a are what rollbacks lead to, d is young. With d made 30 days ago: it is the latest.
 */
export function releasesToKeep(input: RetentionInput): ReadonlyMap<string, KeptBecause> {
  const { releases, environments, limits, now } = input;
  const kept = new Map<string, KeptBecause>();
  const keep = (because: KeptBecause, digests: Iterable<string>) => {
    for (const digest of digests) if (!kept.has(digest)) kept.set(digest, because);
  };
  const of = (select: (environment: RetentionInput["environments"][number]) => readonly DeploymentRecord[]) =>
    environments.flatMap((environment) => select(environment).map(({ release }) => release));
  keep(
    "serves",
    of(({ serving, deployments }) => deployments.filter(({ id }) => id === serving)),
  );
  keep(
    "underWay",
    of(({ deployments }) => deployments.filter(({ end }) => end === undefined)),
  );
  keep(
    "servedBefore",
    of(({ deployments }) => within(deployments, releases)),
  );
  keep(
    "pinned",
    releases.filter(({ pinned }) => pinned !== undefined).map(({ digest }) => digest),
  );
  for (const { deployments } of environments)
    keep("recent", [...new Set(deployments.map(({ release }) => release))].slice(0, limits.keep));
  keep(
    "young",
    releases.filter(({ createdAt }) => createdAt > now - limits.maxAgeMs).map(({ digest }) => digest),
  );
  keep(
    "latest",
    releases.slice(0, 1).map(({ digest }) => digest),
  );
  return kept;
}

/** What rollbacks can lead to. */
function within(deployments: readonly DeploymentRecord[], releases: RetentionInput["releases"]): DeploymentRecord[] {
  const ids = deploymentsToKeep(deployments, new Set(), releases);
  return deployments.filter(({ id }) => ids.has(id));
}
