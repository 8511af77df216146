import { ship as shipIt } from "../../app/deploy/ship.ts";
import { occasionOf, occasionOptions } from "../occasion.ts";
import { defineVerb } from "../verb.ts";
import { withShownSession } from "../with-session.ts";

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
    ...occasionOptions,
  },
  run: (context, { arguments: [to], options: { concurrency, force, set, "no-wait": noWait, ...occasion } }) =>
    withShownSession(context, "make", (session, say) =>
      shipIt(session, { to, concurrency, force, wait: !noWait, set, ...occasionOf(occasion) }, say),
    ),
});
