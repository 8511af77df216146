import type { Driver } from "../../drivers/driver.ts";
import { FleetKeeper } from "../../rollout/fleet-keeper.ts";
import type { Lease } from "../../store/store.ts";
import type { AgentWorld } from "../world.ts";
import type { TellFact } from "./facts.ts";
import type { KnownDeployments } from "./known-deployments.ts";
import { instanceSpec } from "./processes-of.ts";
import type { EnvironmentResources } from "./resources.ts";

export interface OwnKeeperWorld {
  readonly world: AgentWorld;
  readonly lease: Lease;
  readonly driver: Driver;
  readonly resources: EnvironmentResources;
  readonly tell: TellFact;
  readonly known: KnownDeployments;
}

/** Who looks after an environment's fleet: every order bears the token of the lease, and instances get what was deployed. */
export function ownKeeper({ world, lease, driver, resources, tell, known }: OwnKeeperWorld): FleetKeeper {
  return new FleetKeeper({
    environment: lease.environment,
    driver,
    gateway: world.gateway,
    gatewayEpoch: () => world.gateway.epoch,
    probe: world.probe,
    emit: tell,
    token: () => lease.token,
    specOf: (deployment) => known.specOf(deployment),
    instanceSpec: async (member, links) =>
      instanceSpec({ world, resources }, await known.specOf(member.deployment), member, links),
    clock: world.clock,
    report: world.report,
  });
}
