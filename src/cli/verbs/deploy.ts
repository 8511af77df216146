import { routes } from "../../agent/protocol.ts";
import { connect } from "../../app/connect.ts";
import { checkAndDeploy } from "../../app/deploy/deploy-release.ts";
import { releaseOrLatest } from "../../app/deploy/find-release.ts";
import { findEnvironment } from "../../app/find-environment.ts";
import type { Session } from "../../app/session.ts";
import { parseSet } from "../../config/parse-set.ts";
import { ok, type Result } from "../../errors/result.ts";
import type { Context } from "../context.ts";
import { optionValues } from "../option-values.ts";
import { withRenderer } from "../render/with-renderer.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

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
  },
  run: (context, call) =>
    withSession(context, "make", async (session) => {
      const environment = findEnvironment(session, call.arguments[0]!);
      if (!environment.ok) return environment;
      if (call.options.abort) return takeBack(context, session, environment.value);
      const set = parseSet(session.project, optionValues(call.options.set));
      if (!set.ok) return set;
      const release = await releaseOrLatest(session, call.options.release);
      if (!release.ok) return release;
      const wait = !call.options["no-wait"];
      const request = { environment: environment.value, release: release.value.digest, kind: "deploy", wait } as const;
      const deployed = await withRenderer(context, (tell) =>
        checkAndDeploy(session, { ...request, set: set.value }, tell),
      );
      return deployed.ok ? ok(undefined) : deployed;
    }),
});

async function takeBack(context: Context, session: Session, environment: string): Promise<Result<undefined>> {
  const agent = await connect(context, session);
  if (!agent.ok) return agent;
  const aborted = await agent.value.call(routes.abort, { environment }, { signal: context.signal });
  if (!aborted.ok) return aborted;
  context.stderr.write(`The deployment to ${environment} was taken back.\n`);
  return ok(undefined);
}
