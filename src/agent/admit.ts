import { operatorRefusal } from "../environment/access.ts";
import { refusals } from "../environment/admission.ts";
import { isOverridden } from "../environment/overrides.ts";
import type { DeploymentSpec } from "../environment/spec.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Actor } from "../events/actor.ts";
import { gates } from "../records/deployment-spec.ts";
import type { AgentWorld } from "./world.ts";

/** Only what came through the door; and of that again what can be known from the store, without the project's code. */
export async function admit(
  { store, now }: Pick<AgentWorld, "store" | "now">,
  spec: DeploymentSpec,
  by?: Actor,
): Promise<Result<void>> {
  const stamped = checkStamp(spec);
  if (!stamped.ok) return stamped;
  const barred = operatorRefusal(spec, by);
  if (barred.length > 0) return failed(...barred);
  const found = await store.findReleases(spec.release);
  if (!found.ok) return found;
  const [release] = found.value;
  if (release === undefined) return failed({ code: "unknown-release", message: `There is no release ${spec.release}` });
  const refused = await refusals(store, spec, release, now());
  if (!refused.ok) return refused;
  return refused.value.length === 0 ? ok() : failed(...refused.value);
}

function checkStamp(spec: DeploymentSpec): Result<void> {
  const { stamp, environment, release } = spec;
  if (stamp === undefined) return failed(unstamped(environment, "It carries no stamp."));
  if (stamp.environment !== environment || stamp.release !== release)
    return failed(unstamped(environment, "Its stamp is for another environment or release."));
  const missing = gates.filter((gate) => !stamp.passed.includes(gate) && !isOverridden(spec, gate));
  return missing.length === 0 ? ok() : failed(unstamped(environment, `It has not passed: ${missing.join(", ")}.`));
}

function unstamped(environment: string, cause: string) {
  return {
    code: "deployment-unchecked",
    message: `A deployment to ${environment} did not go through the checks that every deployment has to pass`,
    cause,
    hint: `Deploy with the command that makes them: tidegate deploy ${environment}`,
  } as const;
}
