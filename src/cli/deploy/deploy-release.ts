import { type DeployCall, routes } from "../../agent/protocol.ts";
import type { SetValues } from "../../config/resolve.ts";
import { ok, type Result } from "../../errors/result.ts";
import type { Tell } from "../../events/envelope.ts";
import type { DeploymentKind } from "../../events/event.ts";
import { connect } from "./connect.ts";
import { checkEverything, prepareDeployment } from "./prepare.ts";
import type { Session } from "./session.ts";
import { withRenderer } from "./with-renderer.ts";

export interface DeployRequest {
  readonly environment: string;
  readonly release: string;
  readonly kind: DeploymentKind;
  readonly wait: boolean;
  /** Config set by hand, for this deployment only. */
  readonly set?: SetValues;
}

/** Checks the config of every environment, then deploys to one and shows what happens. */
export async function checkAndDeploy(session: Session, request: DeployRequest): Promise<Result<undefined>> {
  const checked = await checkEverything(session, [request.environment], request.set);
  if (!checked.ok) return checked;
  const deployed = await withRenderer(session.context, ({ take }) => deployRelease(session, request, take));
  return deployed.ok ? ok(undefined) : deployed;
}

/** Has the agent bring a release to an environment, and passes on what happens until it is there or taken out. */
export async function deployRelease(session: Session, request: DeployRequest, tell: Tell): Promise<Result<void>> {
  const { environment, release, kind, set } = request;
  const built = await prepareDeployment(session, environment, release, kind, set);
  if (!built.ok) return built;
  const agent = await connect(session.context, session);
  if (!agent.ok) return agent;
  const call: DeployCall = { ...built.value, wait: request.wait };
  return agent.value.call(routes.deploy, call, { onEvent: tell, signal: session.context.signal });
}
