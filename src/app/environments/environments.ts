import { restAgent } from "../../agent/client/client.ts";
import { routes } from "../../agent/protocol/protocol.ts";
import { urlOf } from "../../environment/build-spec.ts";
import { environmentOrder } from "../../environment/order.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { connect } from "../connect.ts";
import type { Say } from "../notice.ts";
import { findKnownEnvironment, type Session } from "../session.ts";

/** An environment as the definition has it. */
export interface DeclaredEnvironment {
  readonly name: string;
  readonly url: string;
  readonly driver: string;
  readonly strategy: string;
  readonly after: string | undefined;
}

/** The environments of the definition, in the order releases go through them. */
export function listEnvironments({ project }: Pick<Session, "project">): DeclaredEnvironment[] {
  return environmentOrder(project).map((name) => {
    const environment = project.environments[name]!;
    return {
      name,
      url: urlOf(name, environment),
      driver: environment.driver.driver,
      strategy: environment.strategy.strategy,
      after: environment.after,
    };
  });
}

export interface ChangeRequest {
  /** `start`: what was deployed, and finish what was interrupted. `destroy`: stop, and remove its data for good. */
  readonly what: "start" | "stop" | "destroy";
  readonly environment?: string | undefined;
  /** Every environment that the definition or the state knows. */
  readonly all: boolean;
}

/** Starts, stops or destroys environments. When it was the last one that ran, agent and gateway have ended, too. */
export async function changeEnvironments(session: Session, request: ChangeRequest, say: Say): Promise<Result<void>> {
  const names = await namesOf(session, request);
  if (!names.ok) return names;
  if (session.isEmpty) return ok();
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  for (const environment of names.value) {
    const watch = { onEvent: say, signal: session.ports.signal };
    const done = await agent.value.call(routes[request.what], { environment }, watch);
    if (!done.ok) return done;
  }
  if (request.what !== "start") await restAgent(session);
  return ok();
}

async function namesOf(session: Session, { environment, all }: ChangeRequest): Promise<Result<string[]>> {
  if (all) {
    const stored = await session.store.environments();
    if (!stored.ok) return stored;
    return ok([...new Set([...environmentOrder(session.project), ...stored.value.map((record) => record.name)])]);
  }
  if (environment === undefined) {
    return failed({ code: "bad-arguments", message: "Which environment?", hint: "Name one, or all of them: --all" });
  }
  const found = await findKnownEnvironment(session, environment);
  return found.ok ? ok([found.value]) : found;
}
