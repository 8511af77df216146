import { type AgentClient, ensureAgent } from "../agent/client.ts";
import type { Result } from "../errors/result.ts";
import type { Ports } from "./ports.ts";

/** The project's agent, started when none runs. */
export function connect(
  ports: Pick<Ports, "version" | "env">,
  { stateFolder }: { readonly stateFolder: string },
): Promise<Result<AgentClient>> {
  return ensureAgent({ stateFolder, version: ports.version, environment: ports.env });
}
