import { type DeployCall, routes } from "../../agent/protocol.ts";
import type { SetValues } from "../../config/resolve.ts";
import type { Result } from "../../errors/result.ts";
import type { DeploymentKind, Emit } from "../../events/event.ts";
import { connect } from "../connect.ts";
import type { Session } from "../session.ts";
import { checkEverything, prepareDeployment } from "./prepare.ts";

export interface DeployRequest {
  readonly environment: string;
  readonly release: string;
  readonly kind: DeploymentKind;
  readonly wait: boolean;
  /** Config set by hand, for this deployment only. */
  readonly set?: SetValues;
}

/** Checks the config of every environment, then deploys to one. */
export async function checkAndDeploy(session: Session, request: DeployRequest, emit: Emit): Promise<Result<void>> {
  const checked = await checkEverything(session, [request.environment], request.set);
  if (!checked.ok) return checked;
  return deployRelease(session, request, emit);
}

/** Has the agent bring a release to an environment, and passes on what happens until it is there or taken out. */
export async function deployRelease(session: Session, request: DeployRequest, emit: Emit): Promise<Result<void>> {
  const { environment, release, kind, set } = request;
  const built = await prepareDeployment(session, environment, release, kind, set);
  if (!built.ok) return built;
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  const call: DeployCall = { ...built.value, wait: request.wait };
  return agent.value.call(routes.deploy, call, { onEvent: emit, signal: session.ports.signal });
}
