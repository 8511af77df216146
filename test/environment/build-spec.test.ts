import { inspect } from "node:util";
import { expect, test } from "vitest";
import type { ResolvedConfig } from "../../src/config/resolved.ts";
import type { Project } from "../../src/definition/types.ts";
import { buildSpec, urlOf } from "../../src/environment/build-spec.ts";
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
        { name: "smoke", run: "node smoke.js", timeout: "5s" },
        { name: "other", run: "true" },
      ],
    },
  },
} as unknown as Project;

function build(environment: string) {
  const value = (key: string, text: string | Secret) =>
    ({ key, kind: "value", value: text, text, layers: [] }) as const;
  const config: ResolvedConfig = {
    environment,
    values: [value("LEVEL", "info"), value("TOKEN", new Secret("hunter2"))],
  };
  return buildSpec({
    folder: "/project",
    project,
    environment,
    kind: "deploy",
    release: { digest: digest("a"), manifest },
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
