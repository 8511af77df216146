import { releaseOrLatest } from "../../app/deploy/find-release.ts";
import { prepareDeployment } from "../../app/deploy/prepare.ts";
import { findEnvironment } from "../../app/find-environment.ts";
import type { Session } from "../../app/session.ts";
import { admission } from "../../environment/admission.ts";
import { type ConfigChange, configChanges } from "../../environment/config-changes.ts";
import { environmentOrder } from "../../environment/order.ts";
import { fleetOf, specOf } from "../../environment/spec.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { ok, type Result } from "../../errors/result.ts";
import { planRollout } from "../../rollout/plan.ts";
import { servingDeployment } from "../../store/serving.ts";
import type { ReleaseRecord } from "../../store/store.ts";
import { type EnvironmentPlan, planLines } from "../render/lines/plan-lines.ts";
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
  run: (context, call) =>
    withSession(context, "look", async (session) => {
      const [name] = call.arguments;
      const known = name === undefined ? ok(environmentOrder(session.project)) : listOf(findEnvironment(session, name));
      if (!known.ok) return known;
      const release = await releaseOrLatest(session, call.options.release);
      if (!release.ok) return release;
      const plans: EnvironmentPlan[] = [];
      for (const environment of known.value) {
        const planned = await planFor(session, environment, release.value);
        if (!planned.ok) return planned;
        plans.push(planned.value);
      }
      if (context.json) for (const one of plans) context.stdout.write(`${JSON.stringify(one)}\n`);
      else context.stdout.write(`${planLines(plans, palette(context.stdout.color)).join("\n")}\n`);
      return ok(plans.some(({ refused }) => refused.length > 0) ? exitCodes.refused : exitCodes.done);
    }),
});

function listOf(found: Result<string>): Result<string[]> {
  return found.ok ? ok([found.value]) : found;
}

async function planFor(
  session: Session,
  environment: string,
  release: ReleaseRecord,
): Promise<Result<EnvironmentPlan>> {
  const { store } = session;
  const built = await prepareDeployment(session, environment, release.digest, "deploy");
  if (!built.ok) return built;
  const { spec } = built.value;
  const record = await store.environment(environment);
  const serving = await servingDeployment(store, record);
  const before = fleetOf(record);
  if (!before.ok) return before;
  const served = serving === undefined ? ok(undefined) : specOf(serving);
  if (!served.ok) return served;
  const [last] = await store.deployments({ limit: 1 });
  const after = spec.after;
  const refused = admission({
    environment,
    release,
    ...(after === undefined
      ? {}
      : { after: { name: after, deployments: await store.deployments({ environment: after }) } }),
  });
  return ok({
    environment,
    release: release.digest,
    strategy: spec.strategy.strategy,
    steps: planRollout(spec, (last?.id ?? 0) + 1, before.value).steps,
    config: configChanges(served.value, spec).map(shown),
    refused,
    ...(serving === undefined ? {} : { from: serving.release }),
  });
}

function shown({ key, change, isSecret, before, after }: ConfigChange): EnvironmentPlan["config"][number] {
  const masked = "[secret]";
  return {
    key,
    before: change === "added" ? undefined : (before ?? (isSecret ? masked : undefined)),
    after: change === "removed" ? undefined : (after ?? (isSecret ? masked : undefined)),
  };
}
