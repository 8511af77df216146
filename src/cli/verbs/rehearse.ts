import { rehearse as rehearseRelease } from "../../app/deploy/rehearse.ts";
import { defineVerb } from "../verb.ts";
import { withShownSession } from "../with-session.ts";

export const rehearse = defineVerb({
  name: "rehearse",
  summary: "Try out going back from a release, in a throw-away environment",
  usage: ["rehearse <environment> [options]"],
  description:
    "Starts what is serving in a throw-away environment, has the release migrate, proves that the old one still serves,\n" +
    "switches to the new one, rolls back, and proves it again: each time by health and by the environment's checks.\n" +
    "Everything is removed afterwards. The result is kept, and is what the gate `rehearsal()` asks for. Exit code 3 if it\n" +
    "failed.",
  examples: [
    { command: "tidegate rehearse production", explains: "the latest release" },
    { command: "tidegate rehearse production --data snapshot", explains: "with a copy of the data" },
    { command: "tidegate rehearse production --again", explains: "also when its result is known" },
  ],
  arguments: [{ name: "environment", summary: "Where the release is to come", required: true }],
  options: {
    release: { kind: "text", value: "DIGEST", summary: "The release; default: the latest", short: "r" },
    data: {
      kind: "text",
      value: "KIND",
      choices: ["empty", "snapshot"],
      summary: "What its resources begin with; default: what the gate says, otherwise empty",
    },
    again: { kind: "flag", summary: "Rehearse it even if the result is known" },
  },
  run: (context, { arguments: [environment = ""], options: { release, data, again } }) =>
    withShownSession(context, "make", (session, say) =>
      rehearseRelease(session, { environment, release, again, data: data as "empty" | "snapshot" | undefined }, say),
    ),
});
