import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { localDriver } from "../drivers/local/local-driver.ts";
import type { DeploymentSpec } from "../environment/spec.ts";
import { type EnvironmentStatus, environmentStatus } from "../environment/status.ts";
import { ok, type Result } from "../errors/result.ts";
import { embeddedGateway } from "../gateway/embedded/client.ts";
import type { GatewayObservation } from "../gateway/gateway.ts";
import { probe } from "../rollout/probe.ts";
import type { Store } from "../store/store.ts";
import { runningAgent } from "./client.ts";
import { runtimeFolder } from "./runtime-folder.ts";

export interface ObserveRequest {
  readonly store: Store;
  readonly stateFolder: string;
  readonly names: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
}

const askMs = 2_000;

/** Looks at what is really there, without an agent and without changing anything. */
export async function observeEnvironments(request: ObserveRequest): Promise<Result<EnvironmentStatus[]>> {
  const { store, stateFolder } = request;
  const gateway = await observeGateway(stateFolder, request.variables);
  const agentRuns = runningAgent(stateFolder) !== undefined;
  const unfinished = await store.unfinishedDeployments();
  const driver = localDriver({ stateFolder });
  const statuses: EnvironmentStatus[] = [];
  for (const name of request.names) {
    const record = await store.environment(name);
    const serving = record?.serving === undefined ? undefined : await store.deployment(record.serving);
    const observed = await driver.observe(name);
    if (!observed.ok) return observed;
    const underWay = unfinished.find((deployment) => deployment.environment === name);
    const health = new Map<string, { healthy: boolean; answer: string }>();
    const specs = await specsOf(store, [...new Set(observed.value.map(({ deployment }) => deployment))]);
    await Promise.all(
      observed.value.map(async ({ id, address, state, deployment, service }) => {
        if (address === undefined || state.state !== "running") return;
        const path = specs.get(deployment)?.services.find((one) => one.name === service)?.health;
        health.set(id, await probe(address, path, askMs));
      }),
    );
    statuses.push(
      environmentStatus(name, { record, serving, underWay, instances: observed.value, gateway, health, agentRuns }),
    );
  }
  return ok(statuses);
}

async function specsOf(store: Store, deployments: readonly number[]): Promise<Map<number, DeploymentSpec>> {
  const records = await Promise.all(deployments.map((id) => store.deployment(id)));
  return new Map(
    records.flatMap((record) => (record === undefined ? [] : [[record.id, record.spec as DeploymentSpec]])),
  );
}

async function observeGateway(
  stateFolder: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<GatewayObservation | undefined> {
  if (!existsSync(stateFolder)) return undefined;
  const runtime = runtimeFolder(realpathSync(stateFolder), variables);
  if (!runtime.ok) return undefined;
  const observed = await embeddedGateway(join(runtime.value, "gateway.sock")).observe();
  return observed.ok ? observed.value : undefined;
}
