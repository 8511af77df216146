import { type SteerRequest, steer, takeBack } from "../../app/deploy/deploy.ts";
import { ok } from "../../errors/result.ts";
import type { Context } from "../context.ts";
import { note } from "../render/tell.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

const where = [{ name: "environment", summary: "Where the deployment is in progress", required: true }] as const;
const reason = { kind: "text", value: "TEXT", summary: "Why; it is written down" } as const;

export const pause = defineVerb({
  name: "pause",
  summary: "Pause the deployment in progress: nothing further begins",
  usage: ["pause <environment>"],
  description:
    "The step in progress is finished, and then nothing begins until tidegate resume. Requests are shared as they are, and an\n" +
    "instance that fails still turns the deployment around.",
  examples: [{ command: "tidegate pause production", explains: "to look at it in peace" }],
  arguments: where,
  options: {},
  run: (context, { arguments: [environment = ""] }) =>
    sayTo(context, { environment, what: "pause" }, `is paused. To go on: tidegate resume ${environment}`),
});

export const resume = defineVerb({
  name: "resume",
  summary: "Go on with a deployment that is paused or waits for a person",
  usage: ["resume <environment> [options]"],
  description:
    "A step that showed too little gets its time once more. To go on without that: tidegate promote <environment> --now.",
  examples: [{ command: "tidegate resume production", explains: "goes on where it stands" }],
  arguments: where,
  options: { reason },
  run: (context, { arguments: [environment = ""], options }) =>
    sayTo(
      context,
      { environment, what: "resume", reason: options.reason },
      `goes on. See how it fares: tidegate status ${environment}`,
    ),
});

export const abort = defineVerb({
  name: "abort",
  summary: "Revert the deployment in progress",
  usage: ["abort <environment>"],
  description:
    "What served before gets all requests again, and what was started is stopped. The same as deploy --abort.",
  examples: [{ command: "tidegate abort production", explains: "takes the new release out" }],
  arguments: where,
  options: {},
  run: (context, { arguments: [environment = ""] }) => abortDeployment(context, environment),
});

/** Takes the deployment in progress back, and says so when it has been. */
export function abortDeployment(context: Context, environment: string): Promise<number> {
  return withSession(context, "make", async (session) => {
    const aborted = await takeBack(session, { environment });
    if (!aborted.ok) return aborted;
    note(context, `The deployment to ${environment} was reverted.`);
    return ok(undefined);
  });
}

/** Says something to the deployment in progress; `then`: what becomes of it, for people. */
export function sayTo(context: Context, request: SteerRequest, then: string): Promise<number> {
  return withSession(context, "make", async (session) => {
    const steered = await steer(session, request);
    if (!steered.ok) return steered;
    note(context, `The deployment to ${request.environment} ${then}`);
    return ok(undefined);
  });
}
