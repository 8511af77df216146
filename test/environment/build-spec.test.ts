import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { ResolvedConfig } from "../../src/config/resolved.ts";
import { differs, external, folder, local, postgres, rolling, terraform } from "../../src/definition/builders.ts";
import type { Project } from "../../src/definition/types.ts";
import { buildSpec, urlOf } from "../../src/environment/build-spec.ts";
import { deploymentSpecCodec } from "../../src/records/deployment-spec.ts";
import type { ReleaseManifest } from "../../src/release/manifest.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { digest } from "./fixtures.ts";

const service = {
  run: "node server.js",
  files: ["dist/"],
  health: "/healthz",
  healthTimeoutMs: 5000,
  route: "/",
  replicas: 1,
  graceMs: 9,
};
const manifest = {
  schema: 1,
  project: "p",
  services: { web: service },
  files: [],
  config: {},
} as unknown as ReleaseManifest;
const project = {
  environments: {
    staging: { driver: { driver: "local" }, strategy: { strategy: "rolling" } },
    production: {
      driver: { driver: "local", url: "http://p.localhost:9" },
      strategy: { strategy: "rolling", batch: 2 },
      after: "staging",
      replicas: { web: { value: 3 } },
      gates: [
        { gate: "check", name: "smoke", run: "node smoke.js", timeout: "5s" },
        { gate: "check", name: "other", run: "true" },
      ],
    },
  },
} as unknown as Project;

function build(environment: string, of = project, packed = manifest) {
  const value = (key: string, text: string | Secret) =>
    ({ key, kind: "value", value: text, text, layers: [] }) as const;
  const config: ResolvedConfig = {
    environment,
    values: [value("LEVEL", "info"), value("TOKEN", new Secret("hunter2"))],
  };
  return buildSpec({
    folder: "/project",
    project: of,
    environment,
    kind: "deploy",
    release: { digest: digest("a"), manifest: packed },
    config,
    digest: (value) => `keyed:${value.length}`,
  });
}

test("services come from the release; replicas, gates, strategy and address from the environment", () => {
  expect(build("production").spec).toMatchObject({
    url: "http://p.localhost:9",
    after: "staging",
    strategy: { strategy: "rolling", batch: 2 },
    services: [{ name: "web", run: "node server.js", replicas: 3, graceMs: 9, route: "/" }],
    checks: [
      { name: "smoke", timeoutMs: 5000 },
      { name: "other", timeoutMs: 60_000 },
    ],
  });
  expect(build("staging").spec).toMatchObject({
    strategy: { strategy: "rolling", batch: 1 },
    services: [{ replicas: 1 }],
    checks: [],
  });
});

test("a secret's value is beside the spec, which only has its digest", () => {
  const built = build("staging");
  const { spec, secrets } = built;
  expect([...secrets].map(([name, secret]) => [name, secret.reveal()])).toEqual([["TOKEN", "hunter2"]]);
  expect(inspect(built, { depth: 9, showHidden: true }) + JSON.stringify(built)).not.toContain("hunter2");
  expect(spec).toMatchObject({ config: { LEVEL: "info" }, secrets: { TOKEN: "keyed:7" } });
  expect(JSON.stringify(spec)).not.toContain("hunter2");
});

test("an environment without an address gets one of its own", () => {
  expect(urlOf("staging", project.environments.staging!)).toBe("http://staging.localhost:8080");
});

describe("resources", () => {
  const week = 7 * 86_400_000;
  const withResources = (environment: object) =>
    ({
      resources: {
        db: postgres({ version: "16", backup: { every: "24h", keep: 14, to: "backups" } }),
        uploads: folder({ backup: { maxAge: "1d", to: "/mnt/backups" } }),
        infra: terraform({ dir: "infra", program: "tofu", variables: { name: "{environment}" } }),
      },
      environments: { staging: { driver: local(), strategy: rolling(), ...environment } },
    }) as unknown as Project;

  test("are in the spec with every default said and paths that are absolute, in the order of the definition", () => {
    const { spec } = build("staging", withResources({}));
    expect(spec.resources).toEqual([
      {
        resource: "postgres",
        name: "db",
        version: "16",
        backup: { everyMs: 86_400_000, keep: 14, maxAgeMs: week, to: "/project/backups" },
      },
      { resource: "folder", name: "uploads", backup: { keep: 5, maxAgeMs: 86_400_000, to: "/mnt/backups" } },
      {
        resource: "terraform",
        name: "infra",
        dir: "/project/infra",
        program: "tofu",
        variables: { name: "{environment}" },
      },
    ]);
    expect(deploymentSpecCodec.decode(deploymentSpecCodec.encode(spec), "spec")).toEqual({ ok: true, value: spec });
  });

  test("are what the environment says where it differs; what is external keeps the version that is wanted", () => {
    const resources = {
      db: differs(external(), "the provider's"),
      uploads: differs(folder({ backup: { keep: 1 } }), "little room"),
    };
    const [db, uploads] = build("staging", withResources({ resources })).spec.resources ?? [];
    expect(db).toMatchObject({ resource: "postgres", version: "16", external: { url: "DB_URL" } });
    expect(uploads).toEqual({ resource: "folder", name: "uploads", backup: { keep: 1, maxAgeMs: week } });
    const named = { db: differs(external({ url: "MAIN" }), "the provider's") };
    expect(build("staging", withResources({ resources: named })).spec.resources?.[0]).toMatchObject({
      external: { url: "MAIN" },
    });
  });

  test("that a project has none of are not in the spec, as they were not in those of before", () => {
    expect(build("staging").spec).not.toHaveProperty("resources");
    expect(build("staging").spec.services[0]).not.toHaveProperty("limits");
  });
});

test("an environment's limits take the place of the release's, all of them", () => {
  const limited = {
    ...manifest,
    services: { web: { ...service, limits: { memoryBytes: 512_000_000, cpu: 2 } } },
  } as ReleaseManifest;
  const limits = { web: differs({ memory: "1GB" }, "traffic") };
  const own = { environments: { staging: { driver: local(), strategy: rolling(), limits } } } as unknown as Project;
  expect(build("staging", project, limited).spec.services[0]?.limits).toEqual({ memoryBytes: 512_000_000, cpu: 2 });
  expect(build("staging", own, limited).spec.services[0]?.limits).toEqual({ memoryBytes: 1_000_000_000 });
});
