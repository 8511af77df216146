import { type AgentClient, ensureAgent } from "../../agent/client.ts";
import type { Result } from "../../errors/result.ts";
import type { Context } from "../context.ts";
import type { OpenProject } from "../open-project.ts";
import { version } from "../version.ts";

/** The project's agent, started when none runs. */
export function connect(context: Context, { stateFolder }: OpenProject): Promise<Result<AgentClient>> {
  return ensureAgent({ stateFolder, version: version(), environment: context.env });
}
