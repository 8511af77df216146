import { type DeployRequest, deployRelease } from "../../app/deploy/deploy-release.ts";
import { type MakeReleaseOptions, makeRelease } from "../../app/deploy/make-release.ts";
import { checkEverything } from "../../app/deploy/prepare.ts";
import { findEnvironment } from "../../app/find-environment.ts";
import type { Tell } from "../../app/notice.ts";
import type { Session } from "../../app/session.ts";
import { parseSet } from "../../config/parse-set.ts";
import { environmentOrder, wayTo } from "../../environment/order.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { optionValues } from "../option-values.ts";
import { withRenderer } from "../render/with-renderer.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const ship = defineVerb({
  name: "ship",
  summary: "Bring this commit to production: pipeline, release, every environment in order",
  usage: ["ship [environment] [options]"],
  description:
    "Checks the config of every environment, runs the pipeline, packs a release, and deploys it to one environment\n" +
    "after the other. It stops at the first that does not take it; what served there before serves on.",
  examples: [
    { command: "tidegate ship", explains: "all the way" },
    { command: "tidegate ship staging", explains: "no further than staging" },
  ],
  arguments: [{ name: "environment", summary: "The last environment to deploy to; all when left out" }],
  options: {
    concurrency: { kind: "number", value: "N", short: "n", summary: "Tasks at a time", default: "number of cores" },
    force: { kind: "flag", summary: "Run also tasks that are in the cache" },
    set: {
      kind: "text",
      value: "KEY=VALUE",
      summary: "Config by hand, for this deployment only; again for more",
      many: true,
    },
    "no-wait": { kind: "flag", summary: "Refuse instead of waiting when another deployment is under way" },
  },
  run: (context, call) =>
    withSession(context, "make", async (session) => {
      const targets = targetsOf(session, call.arguments[0]);
      if (!targets.ok) return targets;
      const set = parseSet(session.project, optionValues(call.options.set));
      if (!set.ok) return set;
      const { concurrency, force } = call.options;
      const wait = !call.options["no-wait"];
      return withRenderer(context, (tell) =>
        shipTo(session, targets.value, { concurrency, force, wait, set: set.value }, tell),
      );
    }),
});

function targetsOf(session: Session, name: string | undefined): Result<string[]> {
  if (name === undefined) {
    const all = environmentOrder(session.project);
    return all.length > 0 ? ok(all) : failed(noEnvironments);
  }
  const found = findEnvironment(session, name);
  return found.ok ? ok(wayTo(session.project, found.value)) : found;
}

const noEnvironments = {
  code: "unknown-environment",
  message: "The definition has no environments to ship to",
  hint: "Add one: environments: { staging: { driver: local(), strategy: rolling() } }",
} as const;

async function shipTo(
  session: Session,
  targets: readonly string[],
  options: MakeReleaseOptions & Required<Pick<DeployRequest, "wait" | "set">>,
  tell: Tell,
): Promise<Result<undefined>> {
  const checked = await checkEverything(session, targets, options.set);
  if (!checked.ok) return checked;
  const release = await makeRelease(session, options, tell);
  if (!release.ok) return release;
  for (const environment of targets) {
    const { wait, set } = options;
    const request = { environment, release: release.value.digest, kind: "deploy", wait, set } as const;
    const deployed = await deployRelease(session, request, tell);
    if (!deployed.ok) return deployed;
  }
  return ok(undefined);
}
