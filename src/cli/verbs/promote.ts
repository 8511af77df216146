import { promote as promoteRelease } from "../../app/deploy/deploy.ts";
import { occasionOf, occasionOptions } from "../occasion.ts";
import { defineVerb } from "../verb.ts";
import { withShownSession } from "../with-session.ts";

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
    ...occasionOptions,
  },
  run: (context, { arguments: [environment], options: { set, "no-wait": noWait, ...occasion } }) =>
    withShownSession(context, "make", (session, say) =>
      promoteRelease(session, { environment, wait: !noWait, set, ...occasionOf(occasion) }, say),
    ),
});
