import { ok, type Result } from "../../errors/result.ts";
import type { Member } from "../../strategies/fleet.ts";
import type { KnownDeployments } from "./known-deployments.ts";
import type { EnvironmentHands } from "./performer-world.ts";
import { secretsOf } from "./processes-of.ts";

/**
 * What an earlier agent began with resources is finished, before anything that uses them is started; the secrets for that are
 * those of what serves.
 */
export async function recoverResources(
  { world, lease, resources }: EnvironmentHands,
  known: KnownDeployments,
): Promise<Result<void>> {
  const record = await world.store.environment(lease.environment);
  if (!record.ok) return record;
  const serving = record.value?.serving;
  const spec = serving === undefined ? ok(undefined) : await known.read(serving);
  const secrets = spec.ok && spec.value && serving ? secretsOf(world, spec.value, serving) : ok(new Map());
  return resources.recover(secrets.ok ? secrets.value : new Map());
}

/** Of these instances, those of services that use one of the resources. */
export async function usersOf(
  members: readonly Member[],
  known: KnownDeployments,
  resources: readonly string[],
): Promise<readonly Member[]> {
  const users: Member[] = [];
  for (const member of members) {
    const spec = await known.specOf(member.deployment);
    const uses = spec?.services.find(({ name }) => name === member.service)?.uses ?? {};
    if (Object.values(uses).some(({ resource }) => resources.includes(resource))) users.push(member);
  }
  return users;
}
