import { isTimeZone, showInZone, type WindowSpec, windowAt } from "../definition/window.ts";
import type { Failure } from "../errors/failure.ts";
import { shortDigest } from "../errors/quantities.ts";
import { ok, type Result } from "../errors/result.ts";
import type { DeploymentRecord, ReleaseRecord, Store } from "../store/store.ts";
import { emergencyHint, isOverridden } from "./overrides.ts";
import type { Override } from "./spec.ts";

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
      hint: `Deploy it there first: tidegate deploy ${after.name} --release ${short}\n${emergencyHint(environment, short, "after")}`,
    });
  }
  return failures;
}

/** Where a release is to come in, and what has to hold there. */
export interface Threshold {
  readonly environment: string;
  readonly after?: string;
  readonly window?: WindowSpec;
  readonly overrides?: readonly Override[];
}

/** Why the release may not come in now, by the store and the clock; [] when it may. Fails when the store does. */
export async function refusals(
  store: Pick<Store, "deployments">,
  threshold: Threshold,
  release: ReleaseRecord,
  now: number,
): Promise<Result<Failure[]>> {
  const { environment, window } = threshold;
  const after = isOverridden(threshold, "after") ? undefined : threshold.after;
  const shut =
    window === undefined || isOverridden(threshold, "window") ? [] : windowRefusal(environment, release, window, now);
  if (after === undefined) return ok([...admission({ environment, release }), ...shut]);
  const deployments = await store.deployments({ environment: after });
  if (!deployments.ok) return deployments;
  const applicant = { environment, release, after: { name: after, deployments: deployments.value } };
  return ok([...admission(applicant), ...shut]);
}

/** A time zone that this machine does not know shuts it: nobody can tell whether it is open. */
function windowRefusal(environment: string, release: ReleaseRecord, window: WindowSpec, now: number): Failure[] {
  const { timeZone } = window;
  const code = "window-shut";
  if (!isTimeZone(timeZone)) {
    const message = `Whether ${environment} takes deployments now is unknown: this machine does not know the time zone "${timeZone}"`;
    return [{ code, message, hint: "Use a version of Node that has all time zones." }];
  }
  const state = windowAt(window, now);
  if (state.isOpen) return [];
  const { range, opensAt } = state;
  const opens = opensAt === undefined ? "It does not open again." : `It opens ${showInZone(opensAt, timeZone)}.`;
  return [
    {
      code,
      message: `${environment} takes no deployments from ${range.from} to ${range.to} (${timeZone})`,
      hint:
        `${opens} Then: tidegate deploy ${environment} --release ${shortDigest(release.digest)}\n` +
        emergencyHint(environment, shortDigest(release.digest), "window"),
    },
  ];
}

function hasBeenThrough(release: ReleaseRecord, deployments: readonly DeploymentRecord[]): boolean {
  return deployments.some(({ release: digest, end }) => digest === release.digest && end?.outcome === "deployed");
}
