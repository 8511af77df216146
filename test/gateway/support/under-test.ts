import { expect } from "vitest";
import type { Result } from "../../../src/errors/result.ts";
import type { Applied, EnvironmentRoutes, Gateway, InternalRoute, Pool } from "../../../src/gateway/gateway.ts";

export interface GatewayUnderTest extends AsyncDisposable {
  readonly gateway: Gateway;
  /** Ends one of its processes as a crash would, and starts it again on what it left behind. Missing: there is none to end. */
  readonly restart?: () => Promise<unknown>;
}

export type MakeGateway = () => Promise<GatewayUnderTest>;

/** Routes of one environment with one route for everything. */
export function table(port: number, pools: readonly Pool[], more: Partial<EnvironmentRoutes> = {}): EnvironmentRoutes {
  return {
    environment: "production",
    token: 7,
    listen: { host: "127.0.0.1", port },
    hosts: ["app.localhost"],
    routes: [{ prefix: "/", pools }],
    internal: [],
    ...more,
  };
}

/** All requests to these. */
export function only(...backends: Pool["backends"]): Pool[] {
  return [{ deployment: 1, release: "r", share: 1, backends }];
}

export function internalTo(service: string, deployment: number, backends: InternalRoute["backends"]): InternalRoute {
  return { service, deployment, release: `r${deployment}`, backends };
}

export async function expectOk<T>(result: Promise<Result<T>>): Promise<T> {
  const awaited = await result;
  expect(awaited).toMatchObject({ ok: true });
  return (awaited as { readonly value: T }).value;
}

/** Applies, and the ports of its internal routes in their order. */
export async function applyInternal(gateway: Gateway, routes: EnvironmentRoutes): Promise<number[]> {
  const { internal }: Applied = await expectOk(gateway.apply(routes));
  return internal.map(({ address }) => Number(address.slice(address.lastIndexOf(":") + 1)));
}

export async function traffic({ gateway }: GatewayUnderTest) {
  return (await expectOk(gateway.observe())).instances;
}
