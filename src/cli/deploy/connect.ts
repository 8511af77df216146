import { type AgentClient, ensureAgent } from "../../agent/client.ts";
import type { Result } from "../../errors/result.ts";
import type { Context } from "../context.ts";
import { version } from "../version.ts";

/** The agent of a project's state, started when none runs. */
export function connect(
  context: Context,
  { stateFolder }: { readonly stateFolder: string },
): Promise<Result<AgentClient>> {
  return ensureAgent({ stateFolder, version: version(), environment: context.env });
}
