import { expect, test } from "vitest";
import { z } from "zod";
import { compareStandings } from "../../src/config/compare.ts";
import { declarationsOf } from "../../src/config/declare.ts";
import { explainKey } from "../../src/config/explain.ts";
import { withoutSecrets } from "../../src/config/export/exported.ts";
import { toEnv } from "../../src/config/export/to-env.ts";
import { parseSet } from "../../src/config/parse-set.ts";
import { givenBy, resolveConfig } from "../../src/config/resolve.ts";
import { toEnvironmentVariables } from "../../src/config/resolved.ts";
import { configSchema } from "../../src/config/schema.ts";
import { standingsOf } from "../../src/config/standing.ts";
import { address, differs, local, rolling } from "../../src/definition/builders.ts";
import type { Project } from "../../src/definition/types.ts";
import { configProject } from "./projects.ts";

const plain = configProject({ BASE_URL: address(), TTL: z.number().default(60) });
const project: Project = {
  ...plain,
  environments: {
    ...plain.environments,
    production: { driver: local({ url: "http://shop.example:8080" }), strategy: rolling() },
  },
};

async function valueIn(environment: string): Promise<unknown> {
  const resolution = await resolveConfig(project, environment, new Map());
  return resolution.ok ? toEnvironmentVariables(resolution.value).BASE_URL : resolution.problems;
}

test("an address is each environment's own, given by its driver or made of its name", async () => {
  expect(await valueIn("staging")).toBe("http://staging.localhost:8080");
  expect(await valueIn("production")).toBe("http://shop.example:8080");
});

test("promise 9: an environment that sets its address in the config is told where the address comes from", async () => {
  const setting = configProject({ BASE_URL: address() }, { staging: { BASE_URL: "http://x" } });
  expect(await resolveConfig(setting, "staging", new Map())).toEqual({
    ok: false,
    problems: [
      {
        code: "config-undeclared-difference",
        path: ["environments", "staging", "config", "BASE_URL"],
        at: "key",
        message: 'Environment "staging" sets BASE_URL, which is its address: address()',
        hint: "Remove it here; the address comes from the driver: `local({ url: … })`.",
      },
    ],
  });
});

test("an address cannot be set by hand: what answers there would not be what was set", () => {
  expect(parseSet(project, ["BASE_URL=http://x", "TTL=5"])).toMatchObject({
    ok: false,
    failures: [{ code: "bad-arguments", message: "BASE_URL is the environment's address and cannot be set by hand" }],
  });
});

test("a key that is nearly an address is not said to be meant: the address is never set", async () => {
  const setting = configProject({ BASE_URL: address() }, { staging: { BASE_URLS: "http://x" } });
  const resolution = await resolveConfig(setting, "staging", new Map());
  expect(resolution).toMatchObject({ problems: [{ code: "config-unknown", hint: /Declare it/ }] });
});

test("explaining an address leads to the driver that says it", async () => {
  const [declaration] = declarationsOf(project);
  const layers = {
    environment: "production",
    given: givenBy(project, "production"),
    secrets: new Map(),
    set: new Map(),
  };
  const { standing, layers: rows } = await explainKey(declaration!, layers);
  expect(standing).toMatchObject({ state: "set", resolved: { value: "http://shop.example:8080" } });
  expect(rows.map(({ layer, state, won }) => `${layer} ${state}${won ? " won" : ""}`)).toEqual([
    "default none",
    "environment value won",
    "secret closed",
    "set closed",
  ]);
  expect(rows[1]?.place).toEqual({ in: "definition", path: ["environments", "production", "driver", "url"] });
});

test("two environments differ in their addresses, and the reason is known", async () => {
  const [staging, production] = await Promise.all(
    ["staging", "production"].map((name) => standingsOf(project, name, new Map())),
  );
  expect(compareStandings(staging!, production!, (value) => value)[0]).toEqual({
    key: "BASE_URL",
    kind: "differs",
    state: "different",
    first: { state: "set", value: "http://staging.localhost:8080" },
    second: { state: "set", value: "http://shop.example:8080" },
    reason: "each environment has its own address",
    isUndeclared: false,
  });
});

test("an address is exported, and stands in the schema as a URL that is needed", async () => {
  const resolution = await resolveConfig(project, "staging", new Map());
  if (!resolution.ok) throw new Error("It has problems.");
  expect(toEnv(withoutSecrets(resolution.value))).toContain("BASE_URL=http://staging.localhost:8080");
  expect(configSchema(project)).toMatchObject({
    keys: { BASE_URL: { kind: "differs", schema: { type: "string", format: "uri" } } },
  });
});

test("a difference keeps until when it is there and who answers for it", () => {
  const options = { until: "2027-03-01", owner: "team-web" } as const;
  const [declaration] = declarationsOf(configProject({ LEVEL: differs(z.string(), "chatty", options) }));
  expect(declaration).toMatchObject({ kind: "differs", reason: "chatty", ...options });
});
