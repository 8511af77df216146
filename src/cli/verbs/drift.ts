import { driftExit, drift as look, mendDrift } from "../../app/environments/drift.ts";
import { ok } from "../../errors/result.ts";
import { driftLines } from "../render/lines/drift-lines.ts";
import { palette } from "../render/palette.ts";
import { widthOf } from "../render/table.ts";
import { withRenderer } from "../render/with-renderer.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const drift = defineVerb({
  name: "drift",
  summary: "Show where what is running differs from what was deployed",
  usage: ["drift [environment] [--fix [--empty]]"],
  description:
    "Compares processes, variables, routes, resources and files on disk with what was deployed, and says what it could not\n" +
    "check. Exit code 0: no drift; 3: drift; 4: nothing could be checked. --fix brings back what was deployed without\n" +
    "losing a request, and is recorded; the exit code then reflects what is left. A database or folder that is gone is not\n" +
    "recreated without its data unless --empty allows it.",
  examples: [
    { command: "tidegate drift", explains: "all environments" },
    { command: "tidegate drift production --json", explains: "one of them, for a script" },
    { command: "tidegate drift production --fix", explains: "bring it back" },
  ],
  arguments: [{ name: "environment", summary: "Only this environment" }],
  options: {
    fix: { kind: "flag", summary: "Bring back what was deployed" },
    empty: { kind: "flag", summary: "With --fix: recreate, empty, what is gone with its data" },
  },
  run: (context, { arguments: [environment], options: { fix, empty } }) =>
    withSession(context, fix ? "make" : "look", async (session) => {
      const looked = fix
        ? await withRenderer(context, (say) => mendDrift(session, { environment, mayBeEmpty: empty }, say))
        : await look(session, { environment });
      if (!looked.ok) return looked;
      const { stdout, json } = context;
      if (json) for (const one of looked.value) stdout.write(`${JSON.stringify({ type: "drift", ...one })}\n`);
      else stdout.write(`${driftLines(looked.value, widthOf(stdout), palette(stdout.color)).join("\n")}\n`);
      return ok(driftExit(looked.value));
    }),
});
