import { specOf } from "../../environment/spec.ts";
import { both, failed, ok, type Result } from "../../errors/result.ts";
import { servingIn } from "../../store/serving.ts";
import type { Member } from "../../strategies/fleet.ts";
import type { KnownDeployments } from "./known-deployments.ts";
import type { EnvironmentHands } from "./performer-world.ts";
import { isBefore, type MigratedAt, type RestoreRequest } from "./resource-restores.ts";

export interface RestoreWorld {
  readonly hands: Pick<EnvironmentHands, "resources" | "lease"> & {
    readonly world: Pick<EnvironmentHands["world"], "store">;
    readonly keeper: Pick<EnvironmentHands["keeper"], "members" | "stop">;
  };
  readonly known: Pick<KnownDeployments, "read">;
  /** Looks after everything that should run again. */
  readonly bringBack: () => Promise<Result<void>>;
}

/**
 * Makes resources what they were; what they are now is saved before. The instances that use them are stopped before that, so that
 * nothing is written that would be in no snapshot, and brought back, also when it fails: then each resource is as it was, or as
 * it should be. Only for whose turn it is.
 */
export async function restoreResources(
  { hands, known, bringBack }: RestoreWorld,
  request: RestoreRequest,
): Promise<Result<void>> {
  const { snapshots, restores } = hands.resources;
  const migrated = await migratedAt(hands);
  if (!migrated.ok) return migrated;
  const chosen = await restores.choose(request, migrated.value);
  if (!chosen.ok) return chosen;
  const resources = chosen.value.map(({ resource }) => resource);
  const users = await usersOf(hands.keeper.members, known, resources);
  const quiet = () => hands.keeper.stop(users);
  const saved = await saveWhatIsThere(snapshots, resources, quiet);
  // Also where there was nothing to save.
  const stopped = saved.ok ? await quiet() : saved;
  const restored = stopped.ok ? await restores.restore(chosen.value) : stopped;
  const back = users.length === 0 ? ok() : await bringBack();
  const isBehind = chosen.value.some((snapshot) => isBefore(snapshot, migrated.value));
  return both(restored, restored.ok && isBehind ? withMigration(back, hands.lease.environment) : back);
}

/** What does not come back on what is older than its migration is helped by migrating, and by nothing that its logs say. */
function withMigration(back: Result<void>, environment: string): Result<void> {
  if (back.ok) return back;
  const hint = `The data is from before its migration. Migrate again: tidegate deploy ${environment}`;
  return failed(...back.failures.map((failure) => ({ ...failure, hint })));
}

/** Of what is gone there is nothing to save, which keeps nobody from bringing it back. */
async function saveWhatIsThere(
  snapshots: EnvironmentHands["resources"]["snapshots"],
  resources: readonly string[],
  quiet: () => Promise<Result<void>>,
): Promise<Result<void>> {
  for (const resource of resources) {
    const saved = await snapshots.take({ because: "beforeRestore", resources: [resource], quiet });
    if (!saved.ok && !saved.failures.every(({ code }) => code === "resource-gone")) return saved;
  }
  return ok();
}

/** Since when the release that serves has its migration behind it; `undefined`: nothing serves, or nothing migrates. */
async function migratedAt({ world, lease }: RestoreWorld["hands"]): Promise<Result<MigratedAt | undefined>> {
  const serving = await servingIn(world.store, lease.environment);
  if (!serving.ok || serving.value === undefined) return serving as Result<undefined>;
  const { release } = serving.value;
  const spec = specOf(serving.value);
  if (!spec.ok) return spec;
  if (spec.value.services.every(({ migrate }) => migrate === undefined)) return ok(undefined);
  const all = await world.store.deployments({ environment: lease.environment });
  if (!all.ok) return all;
  const first =
    all.value.findLast((one) => one.release === release && one.end?.outcome === "deployed") ?? serving.value;
  return ok({ deployment: first.id, at: first.end?.at ?? first.at });
}

/** Of these instances, those that may use one of the resources: also each of which that is not known. */
export async function usersOf(
  members: readonly Member[],
  known: Pick<KnownDeployments, "read">,
  resources: readonly string[],
): Promise<readonly Member[]> {
  const users: Member[] = [];
  for (const member of members) {
    const spec = await known.read(member.deployment);
    const service = spec.ok ? spec.value?.services.find(({ name }) => name === member.service) : undefined;
    const uses = Object.values(service?.uses ?? {});
    if (service === undefined || uses.some(({ resource }) => resources.includes(resource))) users.push(member);
  }
  return users;
}
