import type { Failure } from "../errors/failure.ts";
import type { DeploymentRecord, ReleaseRecord } from "../store/store.ts";

/** What has to be known to let a release into an environment. */
export interface Applicant {
  readonly environment: string;
  readonly release: ReleaseRecord;
  /** The environment it must have been through, and what was deployed there. */
  readonly after?: { readonly name: string; readonly deployments: readonly DeploymentRecord[] };
}

/** Why the release may not come in; [] when it may. */
export function admission({ environment, release, after }: Applicant): Failure[] {
  const short = release.digest.replace("sha256:", "").slice(0, 8);
  const failures: Failure[] = [];
  if (release.quarantine !== undefined) {
    failures.push({
      code: "release-quarantined",
      message: `Release ${short} was rolled back and is refused everywhere`,
      cause: release.quarantine.reason,
      hint: `Ship a repaired version, or lift it: tidegate release clear ${short}`,
    });
  }
  if (after !== undefined && !hasBeenThrough(release, after.deployments)) {
    failures.push({
      code: "not-promoted",
      message: `Release ${short} has not been through ${after.name}, which comes before ${environment}`,
      hint: `Bring it there first: tidegate deploy ${after.name} --release ${short}`,
    });
  }
  return failures;
}

function hasBeenThrough(release: ReleaseRecord, deployments: readonly DeploymentRecord[]): boolean {
  return deployments.some(({ release: digest, end }) => digest === release.digest && end?.outcome === "deployed");
}
