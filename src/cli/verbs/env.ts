import { type ChangeRequest, changeEnvironments, listEnvironments } from "../../app/environments/environments.ts";
import type { ExitCode } from "../../errors/exit-code.ts";
import { ok } from "../../errors/result.ts";
import type { Context } from "../context.ts";
import { reportFailures } from "../render/report-failures.ts";
import { table } from "../render/table.ts";
import { defineVerb } from "../verb.ts";
import { withSession, withShownSession } from "../with-session.ts";
import { snapshotVerbs } from "./env-snapshots.ts";

const oneOrAll = [{ name: "environment", summary: "Which; or --all" }] as const;
const all = { all: { kind: "flag", summary: "Every environment" } } as const;

const list = defineVerb({
  name: "list",
  summary: "Show the environments of the definition, in the order releases go through them",
  usage: ["env list"],
  examples: [{ command: "tidegate env list", explains: "name, address, strategy, what comes before" }],
  options: {},
  run: (context) =>
    withSession(context, "look", async (session) => {
      const rows = listEnvironments(session);
      if (context.json) for (const row of rows) context.stdout.write(`${JSON.stringify(row)}\n`);
      else {
        const cells = rows.map(({ name, url, driver, strategy, after }) => [
          name,
          url,
          driver,
          strategy,
          after ? `after ${after}` : "",
        ]);
        context.stdout.write(`${table(cells).join("\n")}\n`);
      }
      return ok(undefined);
    }),
});

const start = defineVerb({
  name: "start",
  summary: "Start what was deployed; finish or take back what was interrupted",
  usage: ["env start <environment>"],
  description: "Starts the agent when none runs. It takes over what still runs and starts what does not.",
  examples: [{ command: "tidegate env start production", explains: "after the machine was restarted" }],
  arguments: oneOrAll,
  options: all,
  run: (context, call) => change(context, "start", call),
});

const stop = defineVerb({
  name: "stop",
  summary: "Stop an environment's instances and refuse its requests",
  usage: ["env stop <environment>"],
  description: "What was deployed is remembered: env start starts it again.",
  examples: [{ command: "tidegate env stop --all", explains: "leaves nothing of the project running" }],
  arguments: oneOrAll,
  options: all,
  run: (context, call) => change(context, "stop", call),
});

const destroy = defineVerb({
  name: "destroy",
  summary: "Stop an environment and remove its data",
  usage: ["env destroy <environment> --yes"],
  description: "Everything its services kept in TIDEGATE_DATA_DIR is removed. Its history and the releases stay.",
  examples: [{ command: "tidegate env destroy staging --yes", explains: "begins anew with the next deployment" }],
  arguments: oneOrAll,
  options: { ...all, yes: { kind: "flag", summary: "Yes, remove the data" } },
  run: async (context, call) => {
    if (call.options.yes) return change(context, "destroy", call);
    const message = "This removes the data of the environment's services for good";
    const hint = `If that is meant: tidegate env destroy ${call.arguments[0] ?? "--all"} --yes`;
    return reportFailures(context, [{ code: "bad-arguments", message, hint }]);
  },
});

export const env = defineVerb({
  name: "env",
  summary: "List, start, stop, save, restore and destroy environments",
  usage: ["env list|start|stop|destroy|backup|restore|snapshots"],
  examples: [{ command: "tidegate env list", explains: "all environments" }],
  options: {},
  verbs: [list, start, stop, destroy, ...snapshotVerbs],
});

interface EnvironmentsCall {
  readonly arguments: readonly string[];
  readonly options: { readonly all: boolean };
}

function change(context: Context, what: ChangeRequest["what"], call: EnvironmentsCall): Promise<ExitCode> {
  const [environment] = call.arguments;
  return withShownSession(context, "look", (session, say) =>
    changeEnvironments(session, { what, environment, all: call.options.all }, say),
  );
}
