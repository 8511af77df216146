import { deploy as deployRelease } from "../../app/deploy/deploy.ts";
import { occasionOf, occasionOptions } from "../occasion.ts";
import { overrideOptions } from "../overriding.ts";
import { defineVerb } from "../verb.ts";
import { waitingOf, waitingOptions } from "../waiting.ts";
import { withShownSession } from "../with-session.ts";
import { abortDeployment } from "./steering.ts";

export const deploy = defineVerb({
  name: "deploy",
  summary: "Deploy a release to one environment",
  usage: ["deploy <environment> [options]"],
  description:
    "The environment's strategy and gates apply. A release that does not become healthy is taken out again, and what\n" +
    "served before keeps serving. The agent does the work: interrupting this command does not interrupt the deployment.",
  examples: [
    { command: "tidegate deploy staging", explains: "the latest release" },
    { command: "tidegate deploy staging --release 1a2b3c4d", explains: "a certain one" },
    {
      command: "tidegate deploy staging --set LOG_LEVEL=debug",
      explains: "with config set by hand, until the next deployment; status shows it as drift",
    },
    { command: "tidegate deploy staging --abort", explains: "reverts the deployment that is in progress" },
  ],
  arguments: [{ name: "environment", summary: "Where to", required: true }],
  options: {
    release: { kind: "text", value: "DIGEST", summary: "The release, or the beginning of its digest", short: "r" },
    set: {
      kind: "text",
      value: "KEY=VALUE",
      summary: "Set config by hand, for this deployment only; repeatable",
      many: true,
    },
    abort: { kind: "flag", summary: "Revert the deployment in progress" },
    ...waitingOptions,
    ...occasionOptions,
    ...overrideOptions,
  },
  run: (context, { arguments: [environment = ""], options: { release, set, abort, override, reason, ...more } }) =>
    abort
      ? abortDeployment(context, environment)
      : withShownSession(context, "make", (session, say) =>
          deployRelease(
            session,
            { environment, release, set, override, reason, ...waitingOf(more), ...occasionOf(more) },
            say,
          ),
        ),
});
