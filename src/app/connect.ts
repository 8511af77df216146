import { type AgentClient, ensureAgent } from "../agent/client/client.ts";
import type { Result } from "../errors/result.ts";
import type { Ports } from "./ports.ts";
import { whoAsks } from "./who-asks.ts";

/** The agent of a project's state, started when none runs. Every call says who asks. */
export async function connect(
  { folder, env, version }: Pick<Ports, "folder" | "version" | "env">,
  { stateFolder, project }: { readonly stateFolder: string; readonly project: { readonly name: string } },
): Promise<Result<AgentClient>> {
  const by = await whoAsks(folder, env);
  return ensureAgent({ stateFolder, version, environment: env, project: project.name, folder, by });
}
