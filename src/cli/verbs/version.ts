import { exitCodes } from "../../errors/exit-code.ts";
import { defineVerb } from "../verb.ts";
import { version } from "../version.ts";

/** `bin.ts` answers the plain form by itself; this one has the help. */
export const versionVerb = defineVerb({
  name: "version",
  summary: "Print the version",
  usage: ["version"],
  examples: [{ command: "tidegate version --json", explains: "the version as JSON" }],
  options: {},
  run: async (context) => {
    context.stdout.write(context.json ? `${JSON.stringify({ version: version() })}\n` : `${version()}\n`);
    return exitCodes.done;
  },
});
