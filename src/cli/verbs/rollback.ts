import { type RollbackCall, routes } from "../../agent/protocol.ts";
import { connect } from "../../app/connect.ts";
import { findEnvironment } from "../../app/find-environment.ts";
import { ok } from "../../errors/result.ts";
import { callShown } from "../render/call-shown.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const rollback = defineVerb({
  name: "rollback",
  summary: "Go back to the release that served before, in one switch",
  usage: ["rollback <environment> [options]"],
  description:
    "Starts what served before, with the config it had, beside what serves now, and switches all traffic at once: no\n" +
    "gates, no migrations, no steps. The release that is left is refused in every environment from then on; where only\n" +
    "the config was another one, nothing is refused.",
  examples: [
    { command: "tidegate rollback production", explains: "the release before" },
    { command: "tidegate rollback production --reason 'checkout is slow'", explains: "and why, for the history" },
  ],
  arguments: [{ name: "environment", summary: "Where", required: true }],
  options: {
    release: { kind: "text", value: "DIGEST", summary: "A release that served here before", short: "r" },
    reason: { kind: "text", value: "TEXT", summary: "Why, for the history and for those who meet the refused release" },
    "no-wait": { kind: "flag", summary: "Refuse instead of waiting when a deployment is under way" },
  },
  run: (context, call) =>
    withSession(context, "make", async (session) => {
      const environment = findEnvironment(session, call.arguments[0]!);
      if (!environment.ok) return environment;
      const { release, reason } = call.options;
      const body: RollbackCall = {
        environment: environment.value,
        wait: !call.options["no-wait"],
        ...(release === undefined ? {} : { release }),
        ...(reason === undefined ? {} : { reason }),
      };
      const agent = await connect(context, session);
      if (!agent.ok) return agent;
      const done = await callShown(context, agent.value, routes.rollback, body);
      return done.ok ? ok(undefined) : done;
    }),
});
