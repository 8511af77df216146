import { parity as compare, holds } from "../../app/environments/parity.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { ok } from "../../errors/result.ts";
import { parityLines } from "../render/lines/parity-lines.ts";
import { palette } from "../render/palette.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const parity = defineVerb({
  name: "parity",
  summary: "Compare environments: equal except where the definition says so",
  usage: ["parity [environment…] [options]"],
  description:
    "Compares what serves; where nothing does, what the definition says. What differs is declared (and why), a violation, or\n" +
    "unknown. Exit code 3 when there is a violation. Of secrets only whether they are the same is told.",
  examples: [
    { command: "tidegate parity", explains: "all environments" },
    { command: "tidegate parity staging production --all", explains: "two of them, and also what is equal" },
  ],
  arguments: [{ name: "environment", summary: "Which; all when left out", many: true }],
  options: { all: { kind: "flag", summary: "Show also what is equal", short: "a" } },
  run: (context, { arguments: environments, options: { all } }) =>
    withSession(context, "look", async (session) => {
      const compared = await compare(session, { environments });
      if (!compared.ok) return compared;
      const report = compared.value;
      const isKept = holds(report);
      const { stdout, json } = context;
      if (json) stdout.write(`${JSON.stringify({ type: "parity", holds: isKept, ...report })}\n`);
      else stdout.write(`${parityLines(report, { all, width: stdout.columns }, palette(stdout.color)).join("\n")}\n`);
      return ok(isKept ? exitCodes.done : exitCodes.refused);
    }),
});
