import type { Fleet } from "../../strategies/fleet.ts";
import { type EnvironmentHands, prepareRelease } from "./performer-world.ts";

/**
 * Has the keeper look after what should run: what runs is left alone, what does not is started. A release that cannot
 * be prepared, or a gateway that does not start, shows in the instances that stay down, and is tried again with them.
 */
export async function adoptFleet(
  { world: { blobs, gateway }, lease, driver, keeper }: EnvironmentHands,
  fleet: Fleet,
  inCharge: number,
): Promise<void> {
  for (const release of new Set(fleet.members.map((member) => member.release)))
    await prepareRelease(driver, release, { blobs, lease });
  await gateway.ensure();
  keeper.adopt(fleet, inCharge);
}
