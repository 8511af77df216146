import { inspect } from "node:util";
import { resolveConfig, type SetValues } from "../../src/config/resolve.ts";
import type { ResolvedConfig } from "../../src/config/resolved.ts";
import { local, rolling } from "../../src/definition/builders.ts";
import type { Project } from "../../src/definition/types.ts";
import type { SecretReading } from "../../src/secrets/provider.ts";
import { Secret } from "../../src/secrets/secret.ts";

/** A project of nothing but config. */
export function configProject(
  config: object,
  environments: Readonly<Record<string, object | undefined>> = { staging: undefined },
): Project {
  const entries = Object.entries(environments).map(([name, given]) => {
    const common = { driver: local(), strategy: rolling() };
    return [name, given === undefined ? common : { ...common, config: given }];
  });
  return {
    kind: "project",
    name: "shop",
    pipeline: {},
    services: {},
    config: config as Project["config"],
    environments: Object.fromEntries(entries),
  };
}

export function found(value: string): SecretReading {
  return { state: "found", secret: new Secret(value) };
}

/** What a provider answered for a map or a list. */
export function foundStructure(data: object): SecretReading {
  return { state: "found", secret: new Secret(JSON.stringify(data)), structure: () => data as never };
}

export function readings(secrets: Readonly<Record<string, SecretReading>>): ReadonlyMap<string, SecretReading> {
  return new Map(Object.entries(secrets));
}

export async function resolved(
  project: Project,
  secrets: ReadonlyMap<string, SecretReading> = new Map(),
  set?: SetValues,
): Promise<ResolvedConfig> {
  const resolution = await resolveConfig(project, "staging", secrets, set);
  if (!resolution.ok) throw new Error(inspect(resolution.problems));
  return resolution.value;
}
