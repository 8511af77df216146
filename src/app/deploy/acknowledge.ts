import { routes } from "../../agent/protocol/protocol.ts";
import { failed, type Result } from "../../errors/result.ts";
import { connect } from "../connect.ts";
import type { Session } from "../session.ts";

export interface AcknowledgeRequest {
  readonly deployment: number;
  readonly reason?: string | undefined;
}

/** Says that the gates that were set aside for a deployment have been looked into. */
export async function acknowledge(session: Session, { deployment, reason }: AcknowledgeRequest): Promise<Result<void>> {
  const found = await session.store.matters({ deployment });
  if (!found.ok) return found;
  const matter = found.value.find(({ kind }) => kind === "override");
  if (matter === undefined) {
    const message = `No gate was overridden for deployment ${deployment}`;
    return failed({ code: "nothing-awaited", message, hint: "See what awaits somebody: tidegate status" });
  }
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  const call = { environment: matter.environment, deployment, ...(reason !== undefined && { reason }) };
  return agent.value.call(routes.acknowledge, call, { signal: session.ports.signal });
}
