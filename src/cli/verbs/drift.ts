import { driftExit, drift as look } from "../../app/environments/drift.ts";
import { ok } from "../../errors/result.ts";
import { driftLines } from "../render/lines/drift-lines.ts";
import { palette } from "../render/palette.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const drift = defineVerb({
  name: "drift",
  summary: "Say how what runs is not what was deployed",
  usage: ["drift [environment]"],
  description:
    "Compares processes, variables, routes, resources and files on disk with what was deployed, and says what it could not\n" +
    "look at. Exit code 0: no drift; 3: drift; 4: nothing could be looked at.",
  examples: [
    { command: "tidegate drift", explains: "all environments" },
    { command: "tidegate drift production --json", explains: "one of them, for a script" },
  ],
  arguments: [{ name: "environment", summary: "Only this one" }],
  options: {},
  run: (context, { arguments: [environment] }) =>
    withSession(context, "look", async (session) => {
      const looked = await look(session, { environment });
      if (!looked.ok) return looked;
      const { stdout, json } = context;
      if (json) for (const one of looked.value) stdout.write(`${JSON.stringify({ type: "drift", ...one })}\n`);
      else stdout.write(`${driftLines(looked.value, stdout.columns, palette(stdout.color)).join("\n")}\n`);
      return ok(driftExit(looked.value));
    }),
});
