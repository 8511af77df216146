import { defaultRetention } from "../../environment/retention.ts";
import type { DeploymentSpec } from "../../environment/spec.ts";
import type { Result } from "../../errors/result.ts";
import type { Ended } from "../../rollout/rollout-state.ts";
import { collectReleases } from "../collect-releases.ts";
import type { AgentWorld } from "../world.ts";
import { stopStrays } from "./clear-away.ts";
import type { KnownDeployments } from "./known-deployments.ts";
import type { EnvironmentHands } from "./performer-world.ts";
import { tidy } from "./tidy.ts";

/*
 * What follows from a deployment but cannot change how it ended. It never fails: what went wrong is worth a line in the
 * agent's log, and is tried again after the next one.
 */

/** What nobody needs any more of the environment ends and goes. Only by whose turn it is. */
export async function settleAfter(
  hands: EnvironmentHands,
  known: Pick<KnownDeployments, "forget">,
  ended: Result<Ended>,
): Promise<void> {
  if (!ended.ok) return;
  const { world, keeper } = hands;
  try {
    if (keeper.members.length === 0) await keeper.leave();
    if (ended.value.outcome !== "stuck" && ended.value.outcome !== "frozen") await stopStrays(hands);
    const tidied = await tidy(hands);
    if (!tidied.ok) return world.report({ failures: tidied.failures });
    for (const deployment of tidied.value) known.forget(deployment);
  } catch (error) {
    world.report(error);
  }
}

/** Files of releases that nobody needs any more go. */
export async function collect(world: AgentWorld, { retention = defaultRetention }: DeploymentSpec): Promise<void> {
  try {
    const collected = await collectReleases(world, retention);
    if (!collected.ok) world.report({ failures: collected.failures });
  } catch (error) {
    world.report(error);
  }
}
