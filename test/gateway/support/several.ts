import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Result } from "../../../src/errors/result.ts";
import { embeddedGateway } from "../../../src/gateway/embedded/client.ts";
import type { Gateway, GatewayObservation, InstanceTraffic } from "../../../src/gateway/gateway.ts";
import { temporaryFolder } from "./switchboard.ts";
import type { GatewayUnderTest } from "./under-test.ts";

/** Two embedded processes that share their public addresses, as one gateway. */
export async function startTwoProcesses(): Promise<GatewayUnderTest> {
  const folder = temporaryFolder();
  const parts = [await startPart(join(folder.path, "1")), await startPart(join(folder.path, "2"))];
  return {
    gateway: severalGateways(parts.map(({ gateway }) => gateway)),
    restart: () => parts[0]!.restart(),
    async [Symbol.asyncDispose]() {
      for (const part of parts) await part.kill();
      folder[Symbol.dispose]();
    },
  };
}

async function startPart(folder: string) {
  mkdirSync(folder);
  const socket = join(folder, "control.sock");
  const start = async () => {
    rmSync(socket, { force: true });
    const child = fork(join(import.meta.dirname, "sharing-process.ts"), [folder, socket], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    await once(child, "message");
    return child;
  };
  let child: ChildProcess = await start();
  const kill = async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return {
    gateway: embeddedGateway(socket),
    kill,
    async restart() {
      await kill();
      child = await start();
    },
  };
}

/** The contract for a gateway of several processes, put together from such that know nothing of each other. */
export function severalGateways(parts: readonly Gateway[]): Gateway {
  return {
    // One after the other: what one of them refuses is taken back at those before it.
    async apply(routes) {
      const before = await parts[0]!.observe();
      let first: Awaited<ReturnType<Gateway["apply"]>> | undefined;
      for (const [index, part] of parts.entries()) {
        const applied = await part.apply(routes);
        first ??= applied;
        if (applied.ok) continue;
        const old = before.ok
          ? before.value.environments.find(({ environment }) => environment === routes.environment)
          : undefined;
        for (const done of parts.slice(0, index))
          if (old === undefined) await done.remove(routes.environment, routes.token);
          else await done.apply({ ...old, token: routes.token });
        return applied;
      }
      return first!;
    },
    async remove(environment, token) {
      return firstFailure(await Promise.all(parts.map((part) => part.remove(environment, token))));
    },
    async observe() {
      const observed = await Promise.all(parts.map((part) => part.observe()));
      const values = observed.flatMap((result) => (result.ok ? [result.value] : []));
      return values.length === parts.length ? { ok: true, value: merged(values) } : firstFailure(observed);
    },
    async drain(instances, limitMs, environment) {
      const drained = await Promise.all(parts.map((part) => part.drain(instances, limitMs, environment)));
      const left = drained.reduce((sum, result) => sum + (result.ok ? result.value.left : 0), 0);
      const failure = drained.find((result) => !result.ok);
      return failure ?? { ok: true, value: { left } };
    },
  };
}

function firstFailure<T>(results: readonly Result<T>[]): Result<T> {
  return results.find((result) => !result.ok) ?? results[0]!;
}

/** All processes follow the same tables: what one of them tells of these is enough. */
function merged(observed: readonly GatewayObservation[]): GatewayObservation {
  const processes = observed.flatMap((one) => one.processes);
  const since = Math.max(...processes.map((process) => process.since));
  const problems = observed.flatMap((one) => one.problems ?? []);
  const counts = new Map<string, InstanceTraffic>();
  for (const one of observed.flatMap(({ instances }) => instances)) {
    const key = JSON.stringify([one.environment, one.instance, one.internal]);
    const known = counts.get(key);
    counts.set(key, { ...(known === undefined ? one : sum(known, one)), since });
  }
  const { environments, removed } = observed[0]!;
  const instances = [...counts.values()];
  return { processes, environments, removed, instances, ...(problems.length === 0 ? {} : { problems }) };
}

function sum(one: InstanceTraffic, other: InstanceTraffic): InstanceTraffic {
  return {
    ...one,
    requests: one.requests + other.requests,
    serverErrors: one.serverErrors + other.serverErrors,
    connectErrors: one.connectErrors + other.connectErrors,
    brokeOff: one.brokeOff + other.brokeOff,
    underWay: one.underWay + other.underWay,
    latency: one.latency.map((count, bucket) => count + other.latency[bucket]!),
  };
}
