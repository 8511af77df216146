import { checkAndDeploy } from "../../app/deploy/deploy-release.ts";
import { findEnvironment } from "../../app/find-environment.ts";
import type { Session } from "../../app/session.ts";
import { parseSet } from "../../config/parse-set.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { servingDeployment } from "../../store/serving.ts";
import { optionValues } from "../option-values.ts";
import { withRenderer } from "../render/with-renderer.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const promote = defineVerb({
  name: "promote",
  summary: "Deploy what the environment before serves",
  usage: ["promote [environment] [options]"],
  description:
    "The release that serves in the environment's `after`, unchanged, with the config of the environment it goes to.",
  examples: [{ command: "tidegate promote production", explains: "what staging serves now goes to production" }],
  arguments: [{ name: "environment", summary: "Where to; may be left out when only one has an `after`" }],
  options: {
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
      const environment = targetOf(session, call.arguments[0]);
      if (!environment.ok) return environment;
      const set = parseSet(session.project, optionValues(call.options.set));
      if (!set.ok) return set;
      const release = await promotable(session, environment.value);
      if (!release.ok) return release;
      const wait = !call.options["no-wait"];
      const request = { environment: environment.value, release: release.value, kind: "promote", wait } as const;
      const deployed = await withRenderer(context, (tell) =>
        checkAndDeploy(session, { ...request, set: set.value }, tell),
      );
      return deployed.ok ? ok(undefined) : deployed;
    }),
});

function targetOf(session: Session, name: string | undefined): Result<string> {
  if (name !== undefined) return findEnvironment(session, name);
  const candidates = Object.entries(session.project.environments).filter(([, { after }]) => after !== undefined);
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return ok(only[0]);
  return failed({
    code: "bad-arguments",
    message: "Which environment? None or several come after another",
    hint: "Name it: tidegate promote production",
  });
}

/** What serves in the environment before. */
async function promotable(session: Session, environment: string): Promise<Result<string>> {
  const after = session.project.environments[environment]?.after;
  if (after === undefined) {
    return failed({
      code: "nothing-to-promote",
      message: `${environment} comes after no other environment`,
      hint: `Deploy to it: tidegate deploy ${environment}`,
    });
  }
  const record = await session.store.environment(after);
  const serving = await servingDeployment(session.store, record);
  if (serving !== undefined) return ok(serving.release);
  return failed({
    code: "nothing-to-promote",
    message: `${after}, which comes before ${environment}, serves no release`,
    hint: `Deploy there first: tidegate deploy ${after}`,
  });
}
