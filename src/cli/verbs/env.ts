import { restAgent } from "../../agent/client.ts";
import { routes } from "../../agent/protocol.ts";
import { connect } from "../../app/connect.ts";
import { findKnownEnvironment, type Session } from "../../app/session.ts";
import { urlOf } from "../../environment/build-spec.ts";
import { environmentOrder } from "../../environment/order.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Context } from "../context.ts";
import { callShown } from "../render/call-shown.ts";
import { reportFailures } from "../render/report-failures.ts";
import { table } from "../render/table.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

const oneOrAll = [{ name: "environment", summary: "Which; or --all" }] as const;
const all = { all: { kind: "flag", summary: "Every environment" } } as const;

const list = defineVerb({
  name: "list",
  summary: "Show the environments of the definition, in the order releases go through them",
  usage: ["env list"],
  examples: [{ command: "tidegate env list", explains: "name, address, strategy, what comes before" }],
  options: {},
  run: (context) =>
    withSession(context, "look", async ({ project }) => {
      const environments = environmentOrder(project).map((name) => ({ name, ...project.environments[name]! }));
      const rows = environments.map((environment) => ({
        name: environment.name,
        url: urlOf(environment.name, environment),
        driver: environment.driver.driver,
        strategy: environment.strategy.strategy,
        after: environment.after,
      }));
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
  run: (context, call) => callForEach(context, call, routes.start),
});

const stop = defineVerb({
  name: "stop",
  summary: "Stop an environment's instances and refuse its requests",
  usage: ["env stop <environment>"],
  description: "What was deployed is remembered: env start starts it again.",
  examples: [{ command: "tidegate env stop --all", explains: "leaves nothing of the project running" }],
  arguments: oneOrAll,
  options: all,
  run: (context, call) => callForEach(context, call, routes.stop, rest),
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
    if (call.options.yes) return callForEach(context, call, routes.destroy, rest);
    const message = "This removes the data of the environment's services for good";
    const hint = `If that is meant: tidegate env destroy ${call.arguments[0] ?? "--all"} --yes`;
    return reportFailures(context, [{ code: "bad-arguments", message, hint }]);
  },
});

export const env = defineVerb({
  name: "env",
  summary: "List, start, stop and destroy environments",
  usage: ["env list|start|stop|destroy"],
  examples: [{ command: "tidegate env list", explains: "all environments" }],
  options: {},
  verbs: [list, start, stop, destroy],
});

interface EnvironmentsCall {
  readonly arguments: readonly string[];
  readonly options: { readonly all: boolean };
}

/** When it was the last environment that ran, agent and gateway end too, before the command does. */
function rest({ stateFolder }: Session): Promise<void> {
  return restAgent({ stateFolder });
}

async function callForEach(
  context: Context,
  call: EnvironmentsCall,
  route: string,
  afterwards: (session: Session) => Promise<void> = async () => {},
) {
  return withSession(context, "look", async (session) => {
    const names = await namesOf(session, call);
    if (!names.ok) return names;
    if (session.isEmpty) return ok(undefined);
    const agent = await connect(context, session);
    if (!agent.ok) return agent;
    for (const environment of names.value) {
      const done = await callShown(context, agent.value, route, { environment });
      if (!done.ok) return done;
    }
    await afterwards(session);
    return ok(undefined);
  });
}

/** The named one, or all that the definition or the state knows. */
async function namesOf(session: Session, call: EnvironmentsCall): Promise<Result<string[]>> {
  const [name] = call.arguments;
  if (call.options.all) {
    const stored = await session.store.environments();
    return ok([...new Set([...environmentOrder(session.project), ...stored.map((record) => record.name)])]);
  }
  if (name === undefined) {
    return failed({ code: "bad-arguments", message: "Which environment?", hint: "Name one, or all of them: --all" });
  }
  const found = await findKnownEnvironment(session, name);
  return found.ok ? ok([found.value]) : found;
}
