import { type Happened, history as pastOf } from "../../app/environments/history.ts";
import { ok } from "../../errors/result.ts";
import { historyRow, incidentRow, incidentType } from "../render/lines/history-rows.ts";
import { tableWithin, widthOf } from "../render/table.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";
import { showEvents } from "./history/show-events.ts";

export const history = defineVerb({
  name: "history",
  summary: "Show what was deployed, rolled back and restarted",
  usage: ["history [environment] [options]", "history --follow [--after SEQ]"],
  description:
    "With --follow: what happens in all environments from now on, or since an event, until Ctrl-C. Events are numbered across\n" +
    "the whole project (`seq` in --json): continuing after the last number misses nothing and repeats nothing.",
  examples: [
    { command: "tidegate history", explains: "all environments, newest first" },
    { command: "tidegate history production --limit 5", explains: "the last five of one environment" },
    { command: "tidegate history --follow --after 120 --json", explains: "for a script: one event per line" },
  ],
  arguments: [{ name: "environment", summary: "Only this environment" }],
  options: {
    limit: { kind: "number", value: "N", summary: "How many", default: 20 },
    follow: { kind: "flag", summary: "Show what happens, as it happens" },
    after: { kind: "number", value: "SEQ", minimum: 0, summary: "With --follow: start with the event after this one" },
  },
  run: (context, { arguments: [environment], options: { limit, follow, after } }) =>
    withSession(context, "look", async (session) => {
      if (follow) return showEvents(context, session, after);
      const happened = await pastOf(session, { environment, limit });
      if (!happened.ok) return happened;
      if (context.json) for (const one of happened.value) context.stdout.write(`${JSON.stringify(jsonOf(one))}\n`);
      else if (happened.value.length === 0) context.stderr.write("Nothing was deployed yet.\n");
      else {
        const rows = happened.value.map((one) =>
          "kind" in one ? historyRow(one, context.now()) : incidentRow(one, context.now()),
        );
        context.stdout.write(`${tableWithin(rows, widthOf(context.stdout)).join("\n")}\n`);
      }
      return ok(undefined);
    }),
});

/** Whoever reads it tells them apart by `type`: a deployment, or the event's own. */
function jsonOf(happened: Happened): object {
  if (!("kind" in happened)) return { type: incidentType(happened), ...happened };
  const { id, environment, release, kind, at, end, config, by } = happened;
  return { type: "deployment", id, environment, release, kind, at, end, config, by };
}
