import { describe, expect, test } from "vitest";
import type { Instance } from "../../src/drivers/driver.ts";
import { configChanges } from "../../src/environment/config-changes.ts";
import { configFromDefinition } from "../../src/environment/drift/config.ts";
import { startedOtherwise } from "../../src/environment/drift/instances.ts";
import { configFileText, processEnvironment, processFiles } from "../../src/environment/instance-env.ts";
import type { DeploymentSpec, ServiceSpec } from "../../src/environment/spec.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { digest as release } from "./fixtures.ts";

const service: ServiceSpec = {
  name: "web",
  run: "x",
  healthTimeoutMs: 1,
  graceMs: 1,
  route: "/",
  replicas: 1,
};
const digest = (value: string) => `keyed:${value.toUpperCase()}`;
const spec: DeploymentSpec = {
  environment: "staging",
  release: release("a"),
  kind: "deploy",
  strategy: { strategy: "recreate" },
  url: "http://x/",
  services: [service],
  checks: [],
  config: { LEVEL: "debug", TTL: "60", LIMITS: '{"a":1}' },
  secrets: { KEY: digest("k"), PIN: digest("42") },
  typed: ["LIMITS", "PIN", "TTL"],
};
const secrets = new Map([
  ["KEY", new Secret("k")],
  ["PIN", new Secret("42")],
]);
const asDeployed = { LEVEL: "keyed:DEBUG", TTL: "keyed:60", LIMITS: 'keyed:{"A":1}', KEY: "keyed:K", PIN: "keyed:42" };
const instance = (startedWith?: Record<string, string>): Instance => ({
  id: "d1-web-1",
  environment: "staging",
  service: "web",
  release: release("a"),
  deployment: 1,
  startedAt: 1,
  state: { state: "running" },
  ...(startedWith && { startedWith }),
});

describe("drift of config", () => {
  const drift = (change: Partial<DeploymentSpec>, declared?: Record<string, string>, ...instances: Instance[]) => [
    ...configFromDefinition({ ...spec, ...change }, declared),
    ...startedOtherwise({
      fleet: { members: instances, routed: [], traffic: [] },
      specs: new Map([[1, { ...spec, ...change }]]),
      instances,
      digest,
    }),
  ];

  test("is none when everything is as it was deployed and declared", () => {
    const more = { ...asDeployed, TIDEGATE_RELEASE: "keyed:X" };
    expect(drift({}, { ...spec.config }, instance(more), instance())).toEqual([]);
  });

  test("is what was set by hand, and that is not told a second time as not deployed", () => {
    const told = drift({ set: ["LEVEL"] }, { ...spec.config, LEVEL: "info" });
    expect(told).toEqual([{ drift: "setByHand", key: "LEVEL", deployed: "debug" }]);
  });

  test("is what the definition says otherwise by now", () => {
    const { TTL: _, ...rest } = spec.config;
    expect(drift({}, { ...rest, LEVEL: "info", NEW: "1" })).toEqual([
      { drift: "notDeployed", key: "LEVEL", deployed: "debug", declared: "info" },
      { drift: "notDeployed", key: "NEW", deployed: undefined, declared: "1" },
      { drift: "notDeployed", key: "TTL", deployed: "60", declared: undefined },
    ]);
  });

  test("is what an instance was started with and should not have been, secrets too, without a value", () => {
    const { LEVEL: _, ...rest } = asDeployed;
    expect(drift({}, undefined, instance({ ...rest, KEY: "keyed:OTHER" }))).toEqual([
      { drift: "startedOtherwise", key: "KEY", service: "web", instance: "d1-web-1" },
      { drift: "startedOtherwise", key: "LEVEL", service: "web", instance: "d1-web-1" },
    ]);
  });
});

describe("changes of config", () => {
  test("tell keys, values of what is no secret, and of secrets only that they changed", () => {
    const after = {
      config: { LEVEL: "info", TTL: "60", NEW: "1" },
      secrets: { KEY: digest("other"), PIN: digest("42") },
    };
    expect(configChanges(spec, after)).toEqual([
      { key: "KEY", change: "changed", isSecret: true },
      { key: "LEVEL", change: "changed", isSecret: false, before: "debug", after: "info" },
      { key: "LIMITS", change: "removed", isSecret: false, before: '{"a":1}' },
      { key: "NEW", change: "added", isSecret: false, after: "1" },
    ]);
  });

  test("a key that has become a secret has changed, and its new value is not told", () => {
    const changes = configChanges({ config: { A: "x" }, secrets: {} }, { config: {}, secrets: { A: "x" } });
    expect(changes).toEqual([{ key: "A", change: "changed", isSecret: true, before: "x" }]);
  });
});

describe("what a process is given", () => {
  const place = { service: "web", id: "i", dataFolder: "/d" };
  const given = (configFile?: "besides" | "only") => {
    const one = { ...spec, services: [configFile === undefined ? service : { ...service, configFile }] };
    const given = { secrets, used: {} };
    return { env: processEnvironment(one, given, place), files: processFiles(one, given, place) };
  };

  test("is variables and no file, unless its service asks for one", () => {
    expect(given().files).toEqual({});
    expect(given().env).toMatchObject({ LEVEL: "debug", TIDEGATE_SERVICE: "web" });
  });

  test("is a file with typed values besides the variables, or instead of them", () => {
    const both = given("besides");
    expect(JSON.parse(both.files.TIDEGATE_CONFIG_FILE!.content.reveal())).toEqual({
      LEVEL: "debug",
      TTL: 60,
      LIMITS: { a: 1 },
      KEY: "k",
      PIN: 42,
    });
    expect(both.env).toHaveProperty("KEY");
    const only = given("only");
    expect(only.files).toHaveProperty("TIDEGATE_CONFIG_FILE");
    expect(Object.keys(only.env).filter((name) => !name.startsWith("TIDEGATE_"))).toEqual([]);
  });

  test("keeps keys that JavaScript uses itself in the file", () => {
    const config = JSON.parse('{"__proto__":"p","constructor":"1"}');
    const text = configFileText({ config, typed: ["constructor"] }, new Map()).reveal();
    expect(text).toBe('{"__proto__":"p","constructor":1}\n');
  });
});
