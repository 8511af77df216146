import { expect, test } from "vitest";
import { z } from "zod";
import { checkConfig } from "../../src/config/check.ts";
import { compareStandings } from "../../src/config/compare.ts";
import { declarationsOf, isIn } from "../../src/config/declare.ts";
import { readSecrets } from "../../src/config/read-secrets.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import { toEnvironmentVariables } from "../../src/config/resolved.ts";
import { configSchema } from "../../src/config/schema.ts";
import { standingsOf } from "../../src/config/standing.ts";
import { differs, external, local, postgres, rolling, secret } from "../../src/definition/builders.ts";
import type { Project } from "../../src/definition/types.ts";
import type { SecretRequest } from "../../src/secrets/provider.ts";
import type { Secret } from "../../src/secrets/secret.ts";
import { configProject, found, readings } from "./projects.ts";

const common = { driver: local(), strategy: rolling() };

function projectWith(config: object = {}, url?: string): Project {
  const theirs = differs(external(url === undefined ? {} : { url }), "the provider looks after it");
  return {
    ...configProject(config),
    resources: { db: postgres({ version: "16" }) },
    environments: { staging: common, production: { ...common, resources: { db: theirs } } },
  };
}

const url = "postgres://shop:hunter2-hunter2@db.example/shop";

test("the URL of what is external is a secret of the environments where it is, and of no other", async () => {
  const project = projectWith();
  const [declaration, ...more] = declarationsOf(project);
  expect([declaration, more]).toMatchObject([{ kind: "secret", key: "DB_URL" }, []]);
  expect(["staging", "production"].map((name) => isIn(declaration!, name))).toEqual([false, true]);
  const asked: SecretRequest[] = [];
  await readSecrets(project, {
    read: async (requests) => {
      asked.push(...requests);
      return requests.map(() => found(url));
    },
  });
  expect(asked).toEqual([{ environment: "production", key: "DB_URL", shared: false }]);
});

test("it is resolved like any other secret, and missing only where it is needed", async () => {
  const project = projectWith();
  const production = await resolveConfig(project, "production", readings({ DB_URL: found(url) }));
  if (!production.ok) throw new Error("It has problems.");
  const { DB_URL } = toEnvironmentVariables(production.value);
  expect((DB_URL as Secret).reveal()).toBe(url);
  const staging = await resolveConfig(project, "staging", new Map());
  expect(staging.ok && toEnvironmentVariables(staging.value)).toEqual({});
  const known = { secrets: new Map([["production", readings({})]]), digest: (value: string) => value };
  expect(await checkConfig(project, known)).toMatchObject([
    {
      code: "secret-missing",
      path: ["environments", "production", "resources", "db"],
      message: 'Environment "production" has no value for the secret DB_URL',
    },
  ]);
});

test("it may have another name, and may be a key of the config, which then says what it must be", async () => {
  expect(declarationsOf(projectWith({}, "MAIN")).map(({ key }) => key)).toEqual(["MAIN"]);
  const [own, ...more] = declarationsOf(projectWith({ DB_URL: secret(z.url()) }));
  expect([own, more]).toMatchObject([{ kind: "secret", key: "DB_URL" }, []]);
  expect(own).not.toHaveProperty("only");
});

test("environments of which one has it are no different for that, and a release knows nothing of it", async () => {
  const project = projectWith();
  const [staging, production] = await Promise.all([
    standingsOf(project, "staging", new Map()),
    standingsOf(project, "production", readings({ DB_URL: found(url) })),
  ]);
  expect(compareStandings(staging, production, (value) => value)).toMatchObject([
    { key: "DB_URL", state: "onlySecond", isUndeclared: false },
  ]);
  expect(configSchema(project)).toEqual({ version: 1, keys: {} });
});
