import { expect, test } from "vitest";
import { z } from "zod";
import { checkConfig } from "../../src/config/check.ts";
import { declarationsOf, isIn } from "../../src/config/declare.ts";
import { readSecrets } from "../../src/config/read-secrets.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import {
  defineProject,
  differs,
  external,
  local,
  postgres,
  recreate,
  secret,
  service,
} from "../../src/definition/builders.ts";
import { processEnvironment } from "../../src/environment/instance-env.ts";
import { resourceSpecs } from "../../src/environment/resource-specs.ts";
import type { DeploymentSpec } from "../../src/environment/spec.ts";
import type { SecretProvider } from "../../src/secrets/provider.ts";
import { Secret } from "../../src/secrets/secret.ts";

const db = postgres({ version: "16" });
const common = { files: ["dist/"] };
const api = service({ ...common, run: "api", uses: { DATABASE_URL: db } });
const web = service({ ...common, run: "web", route: "internal" });
const project = defineProject({
  name: "shop",
  pipeline: {},
  services: { api, web },
  resources: { db },
  config: { TOKEN: secret(z.string()) },
  environments: {
    staging: { driver: local(), strategy: recreate() },
    production: {
      driver: local({ url: "http://shop.localhost:8081" }),
      strategy: recreate(),
      resources: { db: differs(external(), "a managed database") },
    },
  },
});

const url = "postgres://shop:long-enough@db.example.org:5432/shop";

function holding(values: Readonly<Record<string, string>>): SecretProvider {
  return {
    read: async (requests) =>
      requests.map(({ key, environment }) => {
        const value = values[`${environment} ${key}`];
        if (value === undefined) return { state: "missing", hint: `tidegate secrets set ${key} --env ${environment}` };
        return { state: "found", secret: new Secret(value), origin: { kind: "variable", name: key } };
      }),
  };
}

const tokens = { "staging TOKEN": "a token of staging", "production TOKEN": "a token of production" };

test("the URL of an external database is a secret of the environment that has one", () => {
  const [, declared] = declarationsOf(project);
  expect(declared).toMatchObject({ kind: "secret", key: "DB_URL", only: ["production"] });
  expect(isIn(declared!, "production")).toBe(true);
  expect(isIn(declared!, "staging")).toBe(false);
  const production = project.environments.production!;
  expect(resourceSpecs(project, production, "/shop")).toMatchObject([{ external: { url: "DB_URL" } }]);
});

test("promise 5: one that has no value is missing for that environment alone, and the hint says how to give it one", async () => {
  const secrets = await readSecrets(project, holding(tokens));
  const problems = await checkConfig(project, { secrets, digest: (value) => value });
  expect(problems).toMatchObject([{ code: "secret-missing", hint: "tidegate secrets set DB_URL --env production" }]);
});

test("one that is no address of a database does not fit, and is not told", async () => {
  const secrets = await readSecrets(project, holding({ ...tokens, "production DB_URL": "mysql://somewhere/shop" }));
  const problems = await checkConfig(project, { secrets, digest: (value) => value });
  expect(problems).toMatchObject([{ code: "secret-invalid" }]);
  expect(JSON.stringify(problems)).not.toContain("somewhere");
});

test("promise 6: only a service that uses the database gets its address, as the variable that it asks for", async () => {
  const secrets = await readSecrets(project, holding({ ...tokens, "production DB_URL": url }));
  const config = await resolveConfig(project, "production", secrets.get("production"));
  expect(config.ok && config.value.values.map(({ key }) => key)).toEqual(["TOKEN", "DB_URL"]);
  const resources = resourceSpecs(project, project.environments.production!, "/shop");
  const spec = { environment: "production", config: {}, services: [], resources } as unknown as DeploymentSpec;
  const known = new Map([
    ["TOKEN", new Secret("a token")],
    ["DB_URL", new Secret(url)],
  ]);
  const env = processEnvironment(spec, { secrets: known, used: {} }, { service: "web", id: "d1-web-1" });
  expect(Object.keys(env)).toContain("TOKEN");
  expect(Object.keys(env)).not.toContain("DB_URL");
});
