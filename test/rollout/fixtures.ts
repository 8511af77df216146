import type { DeploymentSpec, Member, ServiceSpec, StrategySpec } from "../../src/environment/spec.ts";
import { membersOf } from "../../src/environment/spec.ts";

export interface Shape {
  readonly release: string;
  readonly strategy?: StrategySpec;
  /** Replicas by service. */
  readonly services?: Readonly<Record<string, number>>;
  readonly migrate?: boolean;
  readonly checks?: readonly string[];
}

export function specOf(shape: Shape): DeploymentSpec {
  return {
    environment: "staging",
    release: `sha256:${shape.release}`,
    kind: "deploy",
    strategy: shape.strategy ?? { strategy: "rolling", batch: 1 },
    url: "http://staging.localhost:8080",
    services: Object.entries(shape.services ?? { web: 2 }).map(([name, replicas]) => serviceOf(name, replicas, shape)),
    checks: (shape.checks ?? []).map((name) => ({ name, run: "true", timeoutMs: 1000 })),
    config: {},
    secrets: {},
  };
}

function serviceOf(name: string, replicas: number, shape: Shape): ServiceSpec {
  const route = name === "web" ? "/" : (`/${name}` as const);
  const base = {
    name,
    run: "server",
    health: "/healthz",
    healthTimeoutMs: 1000,
    graceMs: 1000,
    route,
    replicas,
  } as const;
  return shape.migrate ? { ...base, migrate: "migrate" } : base;
}

export function fleetOf(shape: Shape, deployment: number): Member[] {
  return membersOf(specOf(shape), deployment);
}
