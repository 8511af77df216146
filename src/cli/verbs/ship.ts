import { type Shipped, ship as shipIt } from "../../app/deploy/ship.ts";
import { occasionOf, occasionOptions } from "../occasion.ts";
import { overrideOptions } from "../overriding.ts";
import { defineVerb } from "../verb.ts";
import { waitingOf, waitingOptions } from "../waiting.ts";
import { withShownSession } from "../with-session.ts";

export const ship = defineVerb({
  name: "ship",
  summary: "Bring this commit to production: pipeline, release, every environment in order",
  usage: ["ship [environment] [options]"],
  description:
    "Checks the config of every environment, runs the pipeline, packs a release, and deploys it to one environment\n" +
    "after the other. It stops at the first that refuses it; what served there before keeps serving.",
  examples: [
    { command: "tidegate ship", explains: "all the way" },
    { command: "tidegate ship staging", explains: "no further than staging" },
  ],
  arguments: [{ name: "environment", summary: "The last environment to deploy to; default: all" }],
  options: {
    concurrency: { kind: "number", value: "N", short: "n", summary: "Tasks at a time", default: "number of cores" },
    force: { kind: "flag", summary: "Also run tasks that are in the cache" },
    set: {
      kind: "text",
      value: "KEY=VALUE",
      summary: "Set config by hand, for this deployment only; repeatable",
      many: true,
    },
    ...waitingOptions,
    ...occasionOptions,
    ...overrideOptions,
  },
  run: async (context, { arguments: [to], options: { concurrency, force, set, override, reason, ...more } }) => {
    let addresses: Shipped["addresses"] = [];
    const code = await withShownSession(context, "make", async (session, say) => {
      const request = { to, concurrency, force, set, override, reason, ...waitingOf(more), ...occasionOf(more) };
      const shipped = await shipIt(session, request, say);
      if (shipped.ok) addresses = shipped.value.addresses;
      return shipped;
    });
    if (!context.json)
      for (const { environment, url } of addresses) context.stderr.write(`${environment} answers at ${url}\n`);
    return code;
  },
});
