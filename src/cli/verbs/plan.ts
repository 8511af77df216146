import { parseTraffic } from "../../app/deploy/forecast-canary.ts";
import { plan as planDeployments } from "../../app/deploy/plan.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { ok } from "../../errors/result.ts";
import { aheadLines, planLines } from "../render/lines/plan-lines.ts";
import { palette } from "../render/palette.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const plan = defineVerb({
  name: "plan",
  summary: "Show what a deployment would do, without touching anything",
  usage: ["plan [environment] [options]"],
  description:
    "The steps of the strategy, the config that would change, the gates that would refuse; and what the next release would\n" +
    "stumble over, as check foresees it. Of a canary: which regression it would see with the traffic that there is, after how\n" +
    "many requests, in how long. Exit code 3 if a gate would refuse.",
  examples: [
    { command: "tidegate plan production", explains: "the latest release to production" },
    { command: "tidegate plan production --traffic 20/s", explains: "what a canary would see with that many requests" },
    { command: "tidegate plan --json", explains: "all environments, for a script" },
  ],
  arguments: [{ name: "environment", summary: "Where to; default: all environments" }],
  options: {
    release: { kind: "text", value: "DIGEST", summary: "The release; default: the latest", short: "r" },
    traffic: {
      kind: "text",
      value: "RATE",
      summary: "Requests for the forecast of a canary (20/s, 5000/h); default: as measured",
    },
  },
  run: (context, { arguments: [environment], options: { release, traffic } }) =>
    withSession(context, "look", async (session) => {
      const perSecond = traffic === undefined ? ok(undefined) : parseTraffic(traffic);
      if (!perSecond.ok) return perSecond;
      const { plans, ahead } = await planDeployments(session, { environment, release, perSecond: perSecond.value });
      const found = plans.ok ? plans.value : [];
      const isAnythingAhead = ahead.problems.length + ahead.warnings.length > 0;
      if (context.json) {
        for (const one of found) context.stdout.write(`${JSON.stringify(one)}\n`);
        if (isAnythingAhead) context.stdout.write(`${JSON.stringify({ type: "ahead", ...ahead })}\n`);
      } else {
        const style = { colors: palette(context.stdout.color), cwd: context.cwd };
        const parts = [planLines(found, style.colors), isAnythingAhead ? aheadLines(ahead, style) : []];
        const shown = parts.filter((lines) => lines.length > 0).map((lines) => `${lines.join("\n")}\n`);
        context.stdout.write(shown.join("\n"));
      }
      if (!plans.ok) return plans;
      return ok(found.some(({ refused }) => refused.length > 0) ? exitCodes.refused : exitCodes.done);
    }),
});
