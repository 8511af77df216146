import { getSecret } from "../../../app/secrets/get.ts";
import { openSecrets } from "../../../app/secrets/places/session.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { portsOf } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { note } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const get = defineVerb({
  name: "get",
  summary: "Print a secret's value to standard output",
  usage: ["secrets get KEY [--env ENVIRONMENT]"],
  description:
    "Prints what a deployment would use, wherever it comes from, without a line ending unless it goes to a terminal.\n" +
    "A structured value is printed as JSON.",
  examples: [
    { command: "tidegate secrets get SESSION_KEY --env staging | wc -c", explains: "how long it is" },
    {
      command: "tidegate secrets get TLS_KEY --env production > /dev/shm/key",
      explains: "for a program that needs a file",
    },
  ],
  arguments: [{ name: "KEY", summary: "The secret's key", required: true }],
  options: {
    env: { kind: "text", short: "e", value: "ENVIRONMENT", summary: "Whose value; not for shared secrets" },
    undeclared: { kind: "flag", summary: "Also accept a key that the definition does not have" },
  },
  run: async (context, { arguments: [key = ""], options }) => {
    const session = await openSecrets(portsOf(context));
    if (!session.ok) return reportFailures(context, session.failures);
    const found = await getSecret(session.value, { key, env: options.env, undeclared: options.undeclared });
    if (!found.ok) return reportFailures(context, found.failures);
    const { place, value } = found.value;
    const text = value.reveal();
    const { stdout, json } = context;
    if (stdout.isTTY) note(context, "The value is now on the screen, and in the terminal's scrollback.");
    if (json) stdout.write(`${JSON.stringify({ type: "secret", key, environment: place, value: text })}\n`);
    else stdout.verbatim(stdout.isTTY ? `${text}\n` : text);
    return exitCodes.done;
  },
});
