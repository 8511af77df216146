import { type DeployCall, routes } from "../../agent/protocol.ts";
import type { Result } from "../../errors/result.ts";
import type { DeploymentKind, Emit } from "../../events/event.ts";
import { connect } from "./connect.ts";
import { prepareDeployment } from "./prepare.ts";
import type { Session } from "./session.ts";

export interface DeployRequest {
  readonly environment: string;
  readonly release: string;
  readonly kind: DeploymentKind;
  readonly wait: boolean;
}

/** Has the agent bring a release to an environment, and shows what happens until it is there or taken out. */
export async function deployRelease(session: Session, request: DeployRequest, emit: Emit): Promise<Result<void>> {
  const built = await prepareDeployment(session, request.environment, request.release, request.kind);
  if (!built.ok) return built;
  const agent = await connect(session.context, session);
  if (!agent.ok) return agent;
  const call: DeployCall = { ...built.value, wait: request.wait };
  return agent.value.call(routes.deploy, call, { onEvent: emit, signal: session.context.signal });
}
