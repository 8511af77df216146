import { type AgentClient, ensureAgent } from "../../agent/client.ts";
import type { Result } from "../../errors/result.ts";
import type { Context } from "../context.ts";
import { version } from "../version.ts";
import { whoAsks } from "../who-asks.ts";

/** The agent of a project's state, started when none runs. Every call says who asks. */
export async function connect(
  context: Context,
  { stateFolder, project }: { readonly stateFolder: string; readonly project: { readonly name: string } },
): Promise<Result<AgentClient>> {
  const by = await whoAsks(context.folder, context.env);
  return ensureAgent({ stateFolder, version: version(), environment: context.env, project: project.name, by });
}
