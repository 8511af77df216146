import { type HistoryConfig, withConfig } from "../../app/deploy/history-config.ts";
import { findKnownEnvironment } from "../../app/session.ts";
import { ok } from "../../errors/result.ts";
import type { DeploymentRecord, IncidentRecord } from "../../store/store.ts";
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
  run: (context, call) =>
    withSession(context, "look", async (session) => {
      const [name] = call.arguments;
      const known = name === undefined ? ok(name) : await findKnownEnvironment(session, name);
      if (!known.ok) return known;
      const filter = { limit: call.options.limit, ...(name === undefined ? {} : { environment: name }) };
      const deployments = await withConfig(session.store, await session.store.deployments(filter));
      const happened = merge(deployments, await session.store.incidents(filter)).slice(0, filter.limit);
      if (context.json) for (const one of happened) context.stdout.write(`${JSON.stringify(jsonOf(one))}\n`);
      else if (happened.length === 0) context.stderr.write("Nothing was deployed yet.\n");
      else {
        const rows = happened.map((one) =>
          "kind" in one ? historyRow(one, context.now()) : incidentRow(one, context.now()),
        );
        context.stdout.write(`${table(rows).join("\n")}\n`);
      }
      return ok(undefined);
    }),
});

type Deployed = DeploymentRecord & { readonly config: HistoryConfig };
type Happened = Deployed | IncidentRecord;

function merge(deployments: readonly Deployed[], incidents: readonly IncidentRecord[]): Happened[] {
  return [...deployments, ...incidents].sort((a, b) => b.at - a.at);
}

function jsonOf(happened: Happened): object {
  if (!("kind" in happened)) return { type: "incident", ...happened };
  const { id, environment, release, kind, at, end, config } = happened;
  return { type: "deployment", id, environment, release, kind, at, end, config };
}
