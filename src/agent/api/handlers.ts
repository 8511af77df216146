import type * as v from "valibot";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Actor } from "../../events/actor.ts";
import type { Tell } from "../../events/envelope.ts";
import type { Agent } from "../agent.ts";
import { type Connections, routes } from "../protocol/protocol.ts";
import {
  acknowledgeCall,
  approveCall,
  backupCall,
  connectionsCall,
  createCall,
  deployCall,
  emptyCall,
  environmentCall,
  logsCall,
  mendCall,
  rehearseCall,
  restoreCall,
  rollbackCall,
  seededCall,
  steerCall,
} from "../protocol/schema.ts";
import type { AgentWorld } from "../world.ts";
import { readLogs } from "./logs.ts";

/** What calls are answered with. */
export interface ApiWorld {
  readonly agent: Agent;
  readonly world: AgentWorld;
  readonly version: string;
  /** Ends the agent's process; what runs goes on running. */
  readonly quit: () => void;
  /** Ends it, and the gateway, once nothing needs them. */
  readonly rest: () => void;
  /** Whether calls are to be made to the next agent. */
  readonly isLeaving: () => boolean;
}

/** How a handler speaks while it works. `gone` is aborted when the caller hangs up. */
export interface Reply {
  readonly tell: Tell;
  /** Who asks, by their own account. */
  readonly by: Actor | undefined;
  readonly write: (output: string | Buffer) => void;
  readonly gone: AbortSignal;
}

/** What is done for one route, and what its body must look like. */
export interface CallHandler {
  readonly schema: v.GenericSchema;
  perform(call: unknown, reply: Reply): Promise<Result<void>>;
}

/** The handler of each route that takes a body. */
export function handlersOf(api: ApiWorld): ReadonlyMap<string, CallHandler> {
  const { agent } = api;
  return new Map<string, CallHandler>([
    [routes.deploy, on(deployCall, (call, reply) => agent.deploy(call, reply))],
    [routes.rollback, on(rollbackCall, (call, reply) => agent.rollback(call, reply))],
    [
      routes.abort,
      on(environmentCall, ({ environment }, { by }) => agent.abort(environment, "Reverted on request", by)),
    ],
    [routes.steer, on(steerCall, ({ environment, ...steering }, { by }) => agent.steer(environment, steering, by))],
    [routes.acknowledge, on(acknowledgeCall, (call, { by }) => agent.acknowledge(call, by))],
    [routes.approve, on(approveCall, (call, reply) => agent.approve(call, reply))],
    [routes.start, on(environmentCall, ({ environment }, reply) => agent.start(environment, reply))],
    [routes.stop, on(environmentCall, ({ environment }, reply) => agent.stop(environment, reply))],
    [routes.create, on(createCall, (call, reply) => agent.create(call, reply))],
    [routes.sweep, on(emptyCall, (_, reply) => agent.sweep(reply))],
    [routes.destroy, on(environmentCall, ({ environment }, reply) => agent.destroy(environment, reply))],
    [routes.rehearse, on(rehearseCall, (call, reply) => agent.rehearse(call, reply))],
    [routes.seeded, on(seededCall, (call, reply) => agent.seeded(call, reply))],
    [routes.mend, on(mendCall, (call, reply) => agent.mend(call, reply))],
    [routes.backup, on(backupCall, (call, reply) => agent.backup(call, reply))],
    [routes.restore, on(restoreCall, (call, reply) => agent.restore(call, reply))],
    [routes.logs, logs(api)],
    [routes.connections, connections(api)],
    [routes.quit, on(emptyCall, () => quit(api))],
    [routes.rest, on(emptyCall, () => rest(api))],
  ]);
}

/** The one place where a body that has passed its schema gets the schema's type. */
function on<S extends v.GenericSchema>(
  schema: S,
  perform: (call: v.InferOutput<S>, reply: Reply) => Promise<Result<void>>,
): CallHandler {
  return { schema, perform: (call, reply) => perform(call as v.InferOutput<S>, reply) };
}

/** The one answer with secrets in clear: to the user whose processes get them anyway. */
function connections({ agent }: ApiWorld): CallHandler {
  return on(connectionsCall, async ({ environment, uses, secrets }, { write }) => {
    const opened = await agent.environment(environment);
    if (!opened.ok) return opened;
    const told = await opened.value.connections(uses, secrets);
    if (!told.ok) return told;
    const entries = Object.entries(told.value);
    const texts = entries.map(([name, value]) => [name, typeof value === "string" ? value : value.reveal()]);
    const secret = entries.flatMap(([name, value]) => (typeof value === "string" ? [] : [name]));
    const answer: Connections = { values: Object.fromEntries(texts), secret };
    write(JSON.stringify(answer));
    return ok();
  });
}

function logs({ agent, world }: ApiWorld): CallHandler {
  return on(logsCall, async (call, { write, gone }) => {
    const environment = await agent.environment(call.environment);
    if (!environment.ok) return environment;
    const substitutes = async () => {
      const observed = await world.gateway.observe();
      const all = observed.ok ? (observed.value.substitutes ?? []) : [];
      return all.filter((one) => one.environment === call.environment);
    };
    return readLogs(environment.value.driver, call, { write, gone, secrets: environment.value.secrets, substitutes });
  });
}

async function quit({ agent, quit: leave }: ApiWorld): Promise<Result<void>> {
  const busy = agent.inProgress();
  if (busy.length === 0) {
    setImmediate(leave);
    return ok();
  }
  return failed({
    code: "environment-busy",
    message: `The agent is busy with ${busy.join(", ")}`,
    hint: "Wait for it: tidegate status",
  });
}

async function rest({ agent, rest: leave }: ApiWorld): Promise<Result<void>> {
  if (agent.isIdle()) setImmediate(leave);
  return ok();
}
