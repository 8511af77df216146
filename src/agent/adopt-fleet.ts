import { unpackRelease } from "../release/unpack.ts";
import type { FleetKeeper } from "../rollout/fleet-keeper.ts";
import type { Fleet } from "../strategies/fleet.ts";
import type { AgentWorld } from "./world.ts";

/**
 * Has the keeper look after what should run: what runs is left alone, what does not is started. A release that cannot
 * be unpacked, or a gateway that does not start, shows in the instances that stay down, and is tried again with them.
 */
export async function adoptFleet(
  { blobs, paths, gateway }: AgentWorld,
  keeper: FleetKeeper,
  fleet: Fleet,
  inCharge: number,
): Promise<void> {
  for (const release of new Set(fleet.members.map((member) => member.release)))
    await unpackRelease(release, blobs, paths.releases);
  await gateway.ensure();
  keeper.adopt(fleet, inCharge);
}
