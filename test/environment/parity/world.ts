import { z } from "zod";
import { resolveConfig, type SecretValues } from "../../../src/config/resolve.ts";
import { configSchema } from "../../../src/config/schema.ts";
import {
  defineProject,
  differs,
  folder,
  local,
  postgres,
  rolling,
  secret,
  service,
  shared,
} from "../../../src/definition/builders.ts";
import type { Environment, Project } from "../../../src/definition/types.ts";
import { buildSpec } from "../../../src/environment/build-spec.ts";
import { type ColumnFacts, type Fact, known, seenFacts } from "../../../src/environment/parity/facts.ts";
import { type Policy, policyOf } from "../../../src/environment/parity/policy.ts";
import type { Basis } from "../../../src/environment/parity/report.ts";
import { specFacts } from "../../../src/environment/parity/spec-facts.ts";
import type { DeploymentSpec } from "../../../src/environment/spec.ts";
import { releaseServices } from "../../../src/release/release-service.ts";
import { Secret } from "../../../src/secrets/secret.ts";
import { digest } from "../fixtures.ts";

export const today = "2026-11-29";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Two environments on their way from the definition to a comparison; differences are planted on the way. */
export interface World {
  readonly project: Mutable<Project> & {
    readonly config: Record<string, Project["config"][string]>;
    readonly environments: Record<"staging" | "production", Mutable<Environment> & { config: Record<string, unknown> }>;
  };
  /** Secrets by environment; what is not there is missing. */
  readonly secrets: Record<"staging" | "production", Record<string, string>>;
  readonly basis: Basis;
}

/** Two environments that differ in nothing but what is declared: the reasons stand in `declaredRows`. */
export function world(basis: Basis, extraServices: number, extraKeys: number): World {
  const extras = Object.fromEntries(
    Array.from({ length: extraServices }, (_, at) => [
      `extra-${at}`,
      service({ run: `node extra-${at}.js`, files: ["dist/"], route: "internal" }),
    ]),
  );
  const keys = Object.fromEntries(
    Array.from({ length: extraKeys }, (_, at) => [`EXTRA_${at}`, z.string().default(`same ${at}`)]),
  );
  const project = defineProject({
    name: "shop",
    pipeline: {},
    services: {
      web: service({
        run: "node web.js",
        files: ["dist/"],
        health: "/healthz",
        migrate: "node migrate.js",
        limits: { memory: "512MB", cpu: 1 },
      }),
      api: service({ run: ["python3", "api.py"], files: ["api/"], route: "/api" }),
      ...extras,
    },
    resources: { db: postgres({ version: "16", backup: { every: "1d" } }), files: folder() },
    config: {
      VALUE: z.coerce.number().default(60),
      HAND: z.string().default("as declared"),
      TYPED: z.boolean().default(true),
      MISSING: z.string().default("everywhere"),
      LEVEL: differs(z.string(), "staging is chatty"),
      WAS: differs(z.string(), "it was needed once"),
      OVER: differs(z.string(), "an experiment"),
      OWN: secret(z.string()),
      LENT: secret(z.string()),
      LOST: secret(z.string()),
      ALIKE: secret(shared(z.string(), "one account")),
      PERHAPS: secret(z.string().optional()),
      ...keys,
    },
    environments: {
      staging: {
        driver: local(),
        strategy: rolling(),
        config: { LEVEL: "debug", WAS: "one", OVER: "one" },
      },
      production: {
        driver: local(),
        strategy: rolling(),
        after: "staging",
        config: { LEVEL: "info", WAS: "other", OVER: "other" },
      },
    },
  } as never);
  const own = (name: string) => ({
    OWN: `own ${name}`,
    LENT: `lent ${name}`,
    LOST: `lost ${name}`,
    ALIKE: "the one account",
    PERHAPS: `perhaps ${name}`,
  });
  return {
    project: structured(project),
    secrets: { staging: own("staging"), production: own("production") },
    basis,
  };
}

/** A copy down to the environments, whose fields may be changed. */
function structured(project: Project): World["project"] {
  const environments = Object.fromEntries(
    Object.entries(project.environments).map(([name, one]) => [name, { ...one, config: { ...one.config } }]),
  );
  return {
    ...project,
    services: { ...project.services },
    config: { ...project.config },
    environments,
  } as World["project"];
}

/** Rows that differ and may, before anything was planted. */
export const declaredRows: readonly string[] = [
  "config LEVEL: declared differs",
  "config OVER: declared differs",
  "config WAS: declared differs",
  "place after: declared standing",
  "place url: declared standing",
  "secrets LENT: declared own",
  "secrets LOST: declared own",
  "secrets OWN: declared own",
  "secrets PERHAPS: declared own",
];

export interface Specs {
  readonly staging: Mutable<DeploymentSpec>;
  readonly production: Mutable<DeploymentSpec>;
}

export async function specsOf({ project, secrets }: World): Promise<Specs> {
  const build = async (environment: "staging" | "production") => {
    const found: SecretValues = new Map(
      Object.entries(secrets[environment]).map(([key, value]) => [key, { state: "found", secret: new Secret(value) }]),
    );
    const config = await resolveConfig(project, environment, found);
    if (!config.ok) throw new Error(JSON.stringify(config.problems));
    const manifest = {
      schema: 3 as const,
      project: "shop",
      services: releaseServices(project),
      files: [],
      config: configSchema(project),
    };
    const { spec } = buildSpec({
      project,
      folder: "/shop",
      environment,
      kind: "deploy",
      release: { digest: digest("a"), manifest },
      config: config.value,
      digest: (value) => `keyed:${value}`,
    });
    return structuredClone(spec);
  };
  return { staging: await build("staging"), production: await build("production") };
}

/** Facts of a column, those of a running database, a runtime and the config's types among them. */
export function factsOf({ project }: World, spec: DeploymentSpec): Fact[] {
  return [
    ...specFacts(spec),
    ...seenFacts(spec.resources ?? [], new Map([["db", { is: "version", version: "16.4" }]])),
    ...Object.keys(project.config).map((key) => known("types", key, "string")),
    known("runtime", "platform", "linux x64"),
    known("runtime", "web", "node 24.1.0"),
    known("place", "purpose", "people buy things"),
    known("release", "release", spec.release),
  ];
}

export function columnsOf(
  { basis }: World,
  specs: Specs,
  facts: { readonly staging: readonly Fact[]; readonly production: readonly Fact[] },
): ColumnFacts[] {
  const { staging, production } = specs;
  return [
    { column: { name: "staging", basis: "deployed", deployment: 1, release: staging.release }, facts: facts.staging },
    { column: { name: "production", basis, release: production.release }, facts: facts.production },
  ];
}

export async function rulesOf({ project }: World): Promise<Policy> {
  const texts = new Map<string, Map<string, string>>();
  for (const key of ["LEVEL", "WAS", "OVER"])
    texts.set(
      key,
      new Map(Object.entries(project.environments).map(([name, { config }]) => [name, String(config?.[key])])),
    );
  return policyOf({ project, texts, optional: new Set(["PERHAPS"]), today });
}
