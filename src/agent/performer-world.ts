import type { Driver } from "../drivers/driver.ts";
import type { DeploymentSpec } from "../environment/spec.ts";
import { ok } from "../errors/result.ts";
import { unpackRelease } from "../release/unpack.ts";
import type { FleetKeeper } from "../rollout/fleet-keeper.ts";
import type { PerformerWorld } from "../rollout/performer.ts";
import type { Lease } from "../store/store.ts";
import type { TellFact } from "./facts.ts";
import { jobSpec } from "./processes-of.ts";
import type { AgentWorld } from "./world.ts";

/** One environment as those see it who deploy to it. */
export interface EnvironmentHands {
  readonly world: AgentWorld;
  readonly lease: Lease;
  readonly keeper: FleetKeeper;
  /** Hides secrets in what processes wrote. */
  readonly driver: Driver;
  readonly tell: TellFact;
  /** The value without any secret: whatever is kept or answered goes through it. */
  readonly redact: <T>(value: T) => T;
}

/** What the steps of a deployment are performed with. */
export function performerWorld(hands: EnvironmentHands, deployment: number, spec: DeploymentSpec): PerformerWorld {
  const { world, lease, keeper, driver, tell } = hands;
  return {
    spec,
    deployment,
    keeper,
    driver,
    emit: tell,
    token: () => lease.token,
    unpack: async (release) => {
      const unpacked = await unpackRelease(release, world.blobs, world.paths.releases);
      return unpacked.ok ? ok() : unpacked;
    },
    linksFor: (service) => keeper.linksFor(service, deployment),
    jobSpec: (job) => jobSpec(world, spec, deployment, job),
    addressOf: async (member) => {
      const observed = await driver.observe(lease.environment);
      const address = observed.ok ? observed.value.find(({ id }) => id === member)?.address : undefined;
      return address === undefined ? undefined : `${address.host}:${address.port}`;
    },
  };
}
