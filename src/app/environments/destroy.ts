import { type AgentClient, restAgent } from "../../agent/client/client.ts";
import { routes } from "../../agent/protocol/protocol.ts";
import { both, ok, type Result } from "../../errors/result.ts";
import { connect } from "../connect.ts";
import type { Say } from "../notice.ts";
import type { Session } from "../session.ts";
import { namesOf, type WhichRequest } from "./environments.ts";
import { checkProtected } from "./protection.ts";
import { type WhatGoes, whatGoes } from "./what-goes.ts";

/** What `destroyEnvironments` would remove. Fails as that does. */
export async function whatWouldGo(session: Session, request: WhichRequest): Promise<Result<readonly WhatGoes[]>> {
  const names = await namesOf(session, request);
  if (!names.ok) return names;
  const free = await checkProtected(session, names.value, request);
  if (!free.ok) return free;
  const going: WhatGoes[] = [];
  for (const name of names.value) {
    const one = await whatGoes(session, name);
    if (!one.ok) return one;
    if (one.value !== undefined) going.push(one.value);
  }
  return ok(going);
}

/**
 * Stops environments and removes for good what was made for them. Where there is nothing, that is told. When it was the
 * last one that ran, agent and gateway have ended, too. One that cannot be destroyed keeps no other one from it.
 */
export async function destroyEnvironments(session: Session, request: WhichRequest, say: Say): Promise<Result<void>> {
  const going = await whatWouldGo(session, request);
  if (!going.ok) return going;
  const { environment } = request;
  if (going.value.length === 0) {
    say(nothing(environment));
    if (!session.isEmpty) await restAgent(session);
    return ok();
  }
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  const results: Result<void>[] = [];
  for (const one of going.value)
    results.push(await destroy(session, { agent: agent.value, name: one.environment }, say));
  const done = both(...results);
  if (done.ok) await restAgent(session);
  return done;
}

interface One {
  readonly agent: AgentClient;
  readonly name: string;
}

/** Somebody else may have been faster. */
async function destroy({ ports }: Session, { agent, name }: One, say: Say): Promise<Result<void>> {
  let isDestroyed = false;
  const onEvent: Say = (said) => {
    if ("event" in said && said.event.type === "environmentDestroyed") isDestroyed = true;
    say(said);
  };
  const done = await agent.call(routes.destroy, { environment: name }, { onEvent, signal: ports.signal });
  if (done.ok && !isDestroyed) say(nothing(name));
  return done;
}

function nothing(environment: string | undefined) {
  return { notice: "nothingToDestroy", ...(environment !== undefined && { environment }) } as const;
}
