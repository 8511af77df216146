import { type RollbackCall, routes } from "../../agent/protocol/protocol.ts";
import type { Result } from "../../errors/result.ts";
import { connect } from "../connect.ts";
import { findEnvironment } from "../find-environment.ts";
import type { Say } from "../notice.ts";
import type { Session } from "../session.ts";

export interface RollbackRequest {
  readonly environment: string;
  /** A digest or its beginning, of a release that served here; default: the one before. */
  readonly release?: string | undefined;
  readonly reason?: string | undefined;
  /** false: refused when a deployment is under way. */
  readonly wait: boolean;
}

/**
 * Back to what served before, in one switch. Its door has no gates: what the agent goes back to came in through them once,
 * and it must work when nothing else does.
 */
export async function rollback(session: Session, request: RollbackRequest, say: Say): Promise<Result<void>> {
  const environment = findEnvironment(session, request.environment);
  if (!environment.ok) return environment;
  const { release, reason, wait } = request;
  const call: RollbackCall = {
    environment: environment.value,
    wait,
    ...(release === undefined ? {} : { release }),
    ...(reason === undefined ? {} : { reason }),
  };
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  return agent.value.call(routes.rollback, call, { onEvent: say, signal: session.ports.signal });
}
