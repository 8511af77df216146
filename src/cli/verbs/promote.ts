import { promote as promoteRelease } from "../../app/deploy/deploy.ts";
import type { Context } from "../context.ts";
import { occasionOf, occasionOptions } from "../occasion.ts";
import { overrideOptions } from "../overriding.ts";
import { reportFailures } from "../render/report-failures.ts";
import { defineVerb } from "../verb.ts";
import { waitingOf, waitingOptions } from "../waiting.ts";
import { withShownSession } from "../with-session.ts";
import { sayTo } from "./steering.ts";

export const promote = defineVerb({
  name: "promote",
  summary: "Deploy what the previous environment is serving",
  usage: ["promote [environment] [options]"],
  description:
    "Takes the release that is serving in the environment's `after`, unchanged, with the config of the environment it goes to.",
  examples: [{ command: "tidegate promote production", explains: "what staging is serving now goes to production" }],
  arguments: [{ name: "environment", summary: "Where to; optional if only one environment has an `after`" }],
  options: {
    set: {
      kind: "text",
      value: "KEY=VALUE",
      summary: "Set config by hand, for this deployment only; repeatable",
      many: true,
    },
    ...waitingOptions,
    now: { kind: "flag", summary: "Instead: let the deployment in progress go on, whatever it was to wait for" },
    step: {
      kind: "number",
      value: "N",
      summary: "With --now: only past this step, as status shows it",
      default: "the one now",
    },
    ...occasionOptions,
    ...overrideOptions,
    reason: { kind: "text", value: "TEXT", summary: "With --now or --override: why; it is written down" },
  },
  run: (context, { arguments: [environment], options: { set, now, step, reason, override, ...more } }) => {
    if (now || step !== undefined || (reason !== undefined && override.length === 0))
      return goOn(context, environment, now ? reason : undefined, step);
    return withShownSession(context, "make", (session, say) =>
      promoteRelease(session, { environment, set, override, reason, ...waitingOf(more), ...occasionOf(more) }, say),
    );
  },
});

/** Whoever overrules the analysis says why. */
function goOn(context: Context, environment: string | undefined, reason: string | undefined, step?: number) {
  if (environment === undefined || reason === undefined || reason.trim() === "") {
    const message = "Going on with the deployment in progress takes an environment, --now and a reason";
    const hint = `tidegate promote ${environment ?? "production"} --now --reason "checked by hand"`;
    return Promise.resolve(reportFailures(context, [{ code: "bad-arguments", message, hint }]));
  }
  return sayTo(context, { environment, what: "promote", reason, step }, "goes on.");
}
