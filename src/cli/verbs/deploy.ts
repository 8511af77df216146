import { deploy as deployRelease, takeBack } from "../../app/deploy/deploy.ts";
import { ok } from "../../errors/result.ts";
import type { Context } from "../context.ts";
import { occasionOf, occasionOptions } from "../occasion.ts";
import { defineVerb } from "../verb.ts";
import { withSession, withShownSession } from "../with-session.ts";

export const deploy = defineVerb({
  name: "deploy",
  summary: "Deploy a release to one environment",
  usage: ["deploy <environment> [options]"],
  description:
    "The environment's strategy and gates apply. A release that does not become healthy is taken out again, and what\n" +
    "served before serves on. The agent does the work: interrupting this command does not interrupt the deployment.",
  examples: [
    { command: "tidegate deploy staging", explains: "the latest release" },
    { command: "tidegate deploy staging --release 1a2b3c4d", explains: "a certain one" },
    {
      command: "tidegate deploy staging --set LOG_LEVEL=debug",
      explains: "with config by hand, until the next deployment; status shows it as drift",
    },
    { command: "tidegate deploy staging --abort", explains: "takes back the deployment that is under way" },
  ],
  arguments: [{ name: "environment", summary: "Where to", required: true }],
  options: {
    release: { kind: "text", value: "DIGEST", summary: "The release, or the beginning of its digest", short: "r" },
    set: {
      kind: "text",
      value: "KEY=VALUE",
      summary: "Config by hand, for this deployment only; again for more",
      many: true,
    },
    abort: { kind: "flag", summary: "Take back the deployment under way" },
    "no-wait": { kind: "flag", summary: "Refuse instead of waiting when another deployment is under way" },
    ...occasionOptions,
  },
  run: (
    context,
    { arguments: [environment = ""], options: { release, set, abort, "no-wait": noWait, ...occasion } },
  ) =>
    abort
      ? abortDeployment(context, environment)
      : withShownSession(context, "make", (session, say) =>
          deployRelease(session, { environment, release, wait: !noWait, set, ...occasionOf(occasion) }, say),
        ),
});

function abortDeployment(context: Context, environment: string) {
  return withSession(context, "make", async (session) => {
    const aborted = await takeBack(session, { environment });
    if (!aborted.ok) return aborted;
    context.stderr.write(`The deployment to ${environment} was taken back.\n`);
    return ok(undefined);
  });
}
