import { both, failed, ok, type Result } from "../../errors/result.ts";
import type { KnownDeployments } from "./known-deployments.ts";
import type { EnvironmentHands } from "./performer-world.ts";
import { usersOf } from "./recover-resources.ts";
import type { RestoreRequest } from "./resource-snapshots.ts";

/** Saves what resources keep: of one of them, or of all. Only for whose turn it is. */
export async function backUp({ resources, lease }: EnvironmentHands, resource?: string): Promise<Result<void>> {
  const only = resource === undefined ? {} : { resources: [resource] };
  const taken = await resources.snapshots.take({ because: "asked", ...only });
  if (!taken.ok) return taken;
  return taken.value.length > 0 ? ok() : failed(nothingToSave(lease.environment));
}

export interface RestoreWorld {
  readonly hands: EnvironmentHands;
  readonly known: KnownDeployments;
  /** Looks after everything that should run again. */
  readonly bringBack: () => Promise<Result<void>>;
}

/**
 * Makes resources what they were; what they are now is saved before. The instances that use them are stopped meanwhile and
 * brought back, also when it fails: then each resource is as it was, or as it should be. Only for whose turn it is.
 */
export async function restoreResources(
  { hands, known, bringBack }: RestoreWorld,
  request: RestoreRequest,
): Promise<Result<void>> {
  const { snapshots } = hands.resources;
  const chosen = await snapshots.choose(request);
  if (!chosen.ok) return chosen;
  const resources = chosen.value.map(({ resource }) => resource);
  const saved = await snapshots.take({ because: "beforeRestore", resources });
  if (!saved.ok) return saved;
  const users = await usersOf(hands.keeper.members, known, resources);
  const stopped = await hands.keeper.stop(users);
  const restored = stopped.ok ? await snapshots.restore(chosen.value) : stopped;
  return both(restored, users.length === 0 ? ok() : await bringBack());
}

function nothingToSave(environment: string) {
  return {
    code: "nothing-to-save",
    message: `${environment} has no resource that keeps something`,
    hint: `See which it has: tidegate status ${environment}. A deployment makes what is missing: tidegate deploy ${environment}`,
  } as const;
}
