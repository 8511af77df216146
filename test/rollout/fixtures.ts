import type { DeploymentSpec, ServiceSpec } from "../../src/environment/spec.ts";
import { membersOf } from "../../src/environment/spec.ts";
import { type Fleet, fleetOfMembers, type Member } from "../../src/strategies/fleet.ts";
import type { StrategySpec } from "../../src/strategies/strategies.ts";

export interface Shape {
  readonly release: string;
  readonly strategy?: StrategySpec;
  /** Replicas by service. */
  readonly services?: Readonly<Record<string, number>>;
  readonly migrate?: boolean;
  readonly checks?: readonly string[];
  /** What services need, by service. */
  readonly needs?: Readonly<Record<string, readonly string[]>>;
  /** Where requests of services come from, by service. Default: `/` for web, its name for every other. */
  readonly routes?: Readonly<Record<string, ServiceSpec["route"]>>;
  readonly hosts?: Readonly<Record<string, string>>;
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
  const route = shape.routes?.[name] ?? (name === "web" ? "/" : (`/${name}` as const));
  const needs = shape.needs?.[name];
  const host = shape.hosts?.[name];
  const base = {
    ...(needs === undefined ? {} : { needs }),
    ...(host === undefined ? {} : { host }),
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

export function membersFor(shape: Shape, deployment: number): Member[] {
  return membersOf(specOf(shape), deployment);
}

/** What runs once a deployment of the shape has ended well. */
export function fleetOf(shape: Shape, deployment: number): Fleet {
  return fleetOfMembers(membersFor(shape, deployment));
}
