import { rmSync } from "node:fs";
import type { EnvironmentRoutes } from "../../gateway/gateway.ts";
import type { AgentWorld } from "../world.ts";

/** Stops the gateway, unless it serves something that this agent does not know of: the store before was lost. */
export async function stopIdleGateway({ gateway }: AgentWorld): Promise<void> {
  const observed = await gateway.observe();
  // One that does not answer runs no more, or may be serving.
  if (observed.ok && !observed.value.environments.some(serves)) await gateway.stop();
}

/** Ends the servers of databases: nothing runs that could use them. */
export async function restResources({ resources, report }: AgentWorld): Promise<void> {
  for (const provider of resources.providers.all()) {
    const rested = await provider.rest?.(resources.host);
    if (rested !== undefined && !rested.ok) report({ failures: rested.failures });
  }
}

/** Leaves no folder behind when there is nothing left that its key could open. */
export async function removeRuntime({ store, vault, paths }: AgentWorld, runtime: string): Promise<void> {
  const environments = await store.environments();
  const isUsed = !environments.ok || environments.value.some(({ serving }) => serving !== undefined);
  if (isUsed || !vault.isEmpty) return;
  rmSync(paths.runtimeRecord, { force: true });
  rmSync(runtime, { recursive: true, force: true });
}

function serves({ routes, internal }: EnvironmentRoutes): boolean {
  return [...routes.flatMap(({ pools }) => pools), ...internal].some(({ backends }) => backends.length > 0);
}
