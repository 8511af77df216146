import { rollback as rollBack } from "../../app/deploy/rollback.ts";
import { defineVerb } from "../verb.ts";
import { withShownSession } from "../with-session.ts";

export const rollback = defineVerb({
  name: "rollback",
  summary: "Go back to the previous release, in one switch",
  usage: ["rollback <environment> [options]"],
  description:
    "Starts the previous release, with the config it had, beside the current one, and switches all traffic at once: no\n" +
    "gates, no migrations, no steps. The abandoned release is refused in every environment from then on; if only the\n" +
    "config was different, nothing is refused.",
  examples: [
    { command: "tidegate rollback production", explains: "the release before" },
    { command: "tidegate rollback production --reason 'checkout is slow'", explains: "and why, for the history" },
  ],
  arguments: [{ name: "environment", summary: "Where", required: true }],
  options: {
    release: { kind: "text", value: "DIGEST", summary: "A release that has served here before", short: "r" },
    reason: {
      kind: "text",
      value: "TEXT",
      summary: "Why, for the history and for anyone who meets the refused release",
    },
    "no-wait": { kind: "flag", summary: "Fail instead of waiting when a deployment is in progress" },
  },
  run: (context, { arguments: [environment = ""], options: { release, reason, "no-wait": noWait } }) =>
    withShownSession(context, "make", (session, say) =>
      rollBack(session, { environment, release, reason, wait: !noWait }, say),
    ),
});
