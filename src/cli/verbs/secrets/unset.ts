import { openSecrets, shownPath } from "../../../app/secrets/places/session.ts";
import { unsetSecret } from "../../../app/secrets/unset.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { portsOf } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const unset = defineVerb({
  name: "unset",
  summary: "Remove a secret's value from the file",
  usage: ["secrets unset KEY [--env ENVIRONMENT]"],
  description: "Git still has it in older commits: revoke a value that must no longer work where it is used.",
  examples: [
    {
      command: "tidegate secrets unset OLD_TOKEN --env staging",
      explains: "works for a key that is no longer declared, too",
    },
  ],
  arguments: [{ name: "KEY", summary: "The key in the file", required: true }],
  options: {
    env: { kind: "text", short: "e", value: "ENVIRONMENT", summary: "Whose value; not for shared secrets" },
  },
  run: async (context, { arguments: [key = ""], options }) => {
    const session = await openSecrets(portsOf(context));
    if (!session.ok) return reportFailures(context, session.failures);
    const removed = await unsetSecret(session.value, { key, env: options.env });
    if (!removed.ok) return reportFailures(context, removed.failures);
    const { place, path } = removed.value;
    const record = { type: "secretUnset", key, environment: place, file: path };
    tell(context, record, [done(context, `${key} of ${place} is no longer in ${shownPath(session.value, path)}`)]);
    return exitCodes.done;
  },
});
