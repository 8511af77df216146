import { rollback as rollBack } from "../../app/deploy/rollback.ts";
import { defineVerb } from "../verb.ts";
import { withShownSession } from "../with-session.ts";

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
  run: (context, { arguments: [environment = ""], options: { release, reason, "no-wait": noWait } }) =>
    withShownSession(context, "make", (session, say) =>
      rollBack(session, { environment, release, reason, wait: !noWait }, say),
    ),
});
