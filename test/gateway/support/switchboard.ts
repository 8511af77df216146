import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { defaultLimits, type Limits } from "../../../src/gateway/embedded/balance/limits.ts";
import { Switchboard } from "../../../src/gateway/embedded/switchboard.ts";
import type { Backend, EnvironmentRoutes, InstanceTraffic, Pool } from "../../../src/gateway/gateway.ts";
import { freePort } from "./backend.ts";

/** A folder that is gone after the test. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "tidegate-gateway-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Routes of one environment with one route for everything. */
export function routesTo(port: number, pools: readonly Pool[], token = 1): EnvironmentRoutes {
  return {
    environment: "production",
    token,
    listen: { host: "127.0.0.1", port },
    hosts: ["app.localhost"],
    routes: [{ prefix: "/", pools }],
    internal: [],
  };
}

export function poolOf(...backends: readonly Backend[]): Pool {
  return { deployment: 1, release: "r1", share: 1, backends };
}

/** A gateway inside the test's own process, serving the backends at `port`. */
export interface TestGateway extends AsyncDisposable {
  readonly switchboard: Switchboard;
  readonly port: number;
  serve(...backends: readonly Backend[]): Promise<void>;
  traffic(instance: string): Promise<InstanceTraffic>;
}

export async function startSwitchboard(limits: Partial<Limits> = {}): Promise<TestGateway> {
  const folder = temporaryFolder();
  const switchboard = await Switchboard.open(folder.path, { ...defaultLimits, ...limits });
  const port = await freePort();
  return {
    switchboard,
    port,
    async serve(...backends) {
      expect(await switchboard.apply(routesTo(port, [poolOf(...backends)]))).toMatchObject({ ok: true });
    },
    async traffic(instance) {
      const observed = await switchboard.observe();
      const traffic = observed.ok && observed.value.instances.find((entry) => entry.instance === instance);
      if (!traffic) throw new Error(`the gateway knows no ${instance}`);
      return traffic;
    },
    async [Symbol.asyncDispose]() {
      await switchboard.close(0);
      folder[Symbol.dispose]();
    },
  };
}
