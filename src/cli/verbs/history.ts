import { type Happened, history as pastOf } from "../../app/environments/history.ts";
import { ok } from "../../errors/result.ts";
import { historyRow, incidentRow } from "../render/lines/history-rows.ts";
import { table } from "../render/table.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const history = defineVerb({
  name: "history",
  summary: "Show what was deployed, rolled back and restarted",
  usage: ["history [environment] [options]"],
  examples: [
    { command: "tidegate history", explains: "all environments, newest first" },
    { command: "tidegate history production --limit 5", explains: "the last five of one" },
  ],
  arguments: [{ name: "environment", summary: "Only this one" }],
  options: { limit: { kind: "number", value: "N", summary: "How many", default: 20 } },
  run: (context, { arguments: [environment], options: { limit } }) =>
    withSession(context, "look", async (session) => {
      const happened = await pastOf(session, { environment, limit });
      if (!happened.ok) return happened;
      if (context.json) for (const one of happened.value) context.stdout.write(`${JSON.stringify(jsonOf(one))}\n`);
      else if (happened.value.length === 0) context.stderr.write("Nothing was deployed yet.\n");
      else {
        const rows = happened.value.map((one) =>
          "kind" in one ? historyRow(one, context.now()) : incidentRow(one, context.now()),
        );
        context.stdout.write(`${table(rows).join("\n")}\n`);
      }
      return ok(undefined);
    }),
});

function jsonOf(happened: Happened): object {
  if (!("kind" in happened)) return { type: "incident", ...happened };
  const { id, environment, release, kind, at, end, config } = happened;
  return { type: "deployment", id, environment, release, kind, at, end, config };
}
