import { plan as planDeployments } from "../../app/deploy/plan.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { ok } from "../../errors/result.ts";
import { planLines } from "../render/lines/plan-lines.ts";
import { palette } from "../render/palette.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const plan = defineVerb({
  name: "plan",
  summary: "Say what deploying would do, and touch nothing",
  usage: ["plan [environment] [options]"],
  description:
    "The steps of the strategy, the config that would change, the gates that would refuse. Exit code 3 when a gate would.",
  examples: [
    { command: "tidegate plan production", explains: "the latest release to production" },
    { command: "tidegate plan --json", explains: "all environments, for a script" },
  ],
  arguments: [{ name: "environment", summary: "Where to; all when left out" }],
  options: { release: { kind: "text", value: "DIGEST", summary: "The release; default: the latest", short: "r" } },
  run: (context, { arguments: [environment], options: { release } }) =>
    withSession(context, "look", async (session) => {
      const planned = await planDeployments(session, { environment, release });
      if (!planned.ok) return planned;
      const plans = planned.value;
      if (context.json) for (const one of plans) context.stdout.write(`${JSON.stringify(one)}\n`);
      else context.stdout.write(`${planLines(plans, palette(context.stdout.color)).join("\n")}\n`);
      return ok(plans.some(({ refused }) => refused.length > 0) ? exitCodes.refused : exitCodes.done);
    }),
});
