import type { AgentClient } from "../../agent/client.ts";
import type { Result } from "../../errors/result.ts";
import type { Context } from "../context.ts";
import { withRenderer } from "./with-renderer.ts";

/** Has the agent do something about environments, and shows what happens until it is done. */
export function callShown(context: Context, agent: AgentClient, route: string, body: object): Promise<Result<void>> {
  return withRenderer(context, (tell) => agent.call(route, body, { onEvent: tell, signal: context.signal }));
}
