import { isDriftFact, rememberedDrift } from "../../environment/drift/remembered.ts";
import { servingIn } from "../../store/serving.ts";
import { readIncidents } from "../observe.ts";
import type { DriftWatchWorld } from "./drift-watch.ts";
import { lookForOwnDrift } from "./mend.ts";
import type { EnvironmentHands } from "./performer-world.ts";

/** What the agent looks for drift with in an environment of its own. */
export function ownDriftWorld(
  { world, tell, lease: { environment } }: EnvironmentHands,
  isPaused: () => boolean,
): DriftWatchWorld {
  return {
    environment,
    look: (isWhole) => lookForOwnDrift(world, environment, isWhole),
    remembered: async () => {
      const serving = await servingIn(world.store, environment);
      const incidents = await readIncidents(world.store, environment, isDriftFact);
      const since = (serving.ok && serving.value?.end?.at) || 0;
      return (incidents.ok && rememberedDrift(incidents.value, since)?.subjects) || [];
    },
    isPaused,
    tell,
    report: world.report,
    clock: world.clock,
  };
}
