import type { Failure } from "../errors/failure.ts";
import { shortDigest } from "../errors/quantities.ts";
import { ok, type Result } from "../errors/result.ts";
import type { DeploymentRecord, ReleaseRecord, Store } from "../store/store.ts";

/** What has to be known to let a release into an environment. */
export interface Applicant {
  readonly environment: string;
  readonly release: ReleaseRecord;
  /** The environment it must have been through, and what was deployed there. */
  readonly after?: { readonly name: string; readonly deployments: readonly DeploymentRecord[] };
}

/** Why the release may not come in; [] when it may. */
export function admission({ environment, release, after }: Applicant): Failure[] {
  const short = shortDigest(release.digest);
  const failures: Failure[] = [];
  if (release.quarantine !== undefined) {
    failures.push({
      code: "release-quarantined",
      message: `Release ${short} was rolled back and is refused everywhere`,
      cause: release.quarantine.reason,
      hint: `Ship a fixed version, or lift the quarantine: tidegate release clear ${short}`,
    });
  }
  if (after !== undefined && !hasBeenThrough(release, after.deployments)) {
    failures.push({
      code: "not-promoted",
      message: `Release ${short} has not been through ${after.name}, which comes before ${environment}`,
      hint: `Deploy it there first: tidegate deploy ${after.name} --release ${short}`,
    });
  }
  return failures;
}

/** Why the release may not come in, by what the store knows of it; [] when it may. Fails when the store does. */
export async function refusals(
  store: Pick<Store, "deployments">,
  { environment, after }: { readonly environment: string; readonly after?: string },
  release: ReleaseRecord,
): Promise<Result<Failure[]>> {
  if (after === undefined) return ok(admission({ environment, release }));
  const deployments = await store.deployments({ environment: after });
  if (!deployments.ok) return deployments;
  return ok(admission({ environment, release, after: { name: after, deployments: deployments.value } }));
}

function hasBeenThrough(release: ReleaseRecord, deployments: readonly DeploymentRecord[]): boolean {
  return deployments.some(({ release: digest, end }) => digest === release.digest && end?.outcome === "deployed");
}
