import { format, inspect } from "node:util";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { messageOf } from "../../src/agent/protocol/protocol.ts";
import { deployCall } from "../../src/agent/protocol/schema.ts";
import type { DeploymentSpec } from "../../src/environment/spec.ts";
import { Secret, type Secrets } from "../../src/secrets/secret.ts";

const value = "hunter2";
const secret = new Secret(value);

describe("promise 6: a secret does not show its value when it is", () => {
  test.each<[string, () => string]>([
    ["made a text", () => String(secret)],
    ["joined", () => [secret, secret].join()],
    ["put into a template", () => `key=${secret}`],
    ["added to a text", () => `${"key="}${secret as unknown as string}`],
    ["serialised", () => JSON.stringify(secret)],
    ["serialised in something", () => JSON.stringify({ list: [secret], map: Object.fromEntries([["a", secret]]) })],
    ["inspected", () => inspect(secret, { showHidden: true, depth: 9 })],
    ["inspected in something", () => inspect({ map: new Map([["a", [secret]]]) }, { showHidden: true, depth: 9 })],
    ["inspected without its own words", () => inspect(secret, { customInspect: false, showHidden: true })],
    ["formatted", () => format("%s %o %j %O", secret, secret, secret, secret)],
    ["looked into", () => JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret), { ...secret }])],
    ["thrown", () => inspect(new Error("no", { cause: secret }))],
    ["cloned", () => inspect(structuredClone(secret))],
  ])("%s", (_, shown) => {
    expect(shown()).not.toContain(value);
  });

  test("in a map of secrets, however that is printed", () => {
    const secrets: Secrets = new Map([["TOKEN", secret]]);
    const shown = [String(secrets), JSON.stringify(secrets), JSON.stringify([...secrets]), inspect(secrets)];
    expect(shown.join()).not.toContain(value);
  });
});

test("promise 6: on its way to the agent a secret is in clear in the message alone, and a secret again behind it", () => {
  const spec: DeploymentSpec = {
    environment: "staging",
    release: `sha256:${"a".repeat(64)}`,
    kind: "deploy",
    strategy: { strategy: "recreate" },
    url: "http://staging.localhost:8080",
    services: [],
    checks: [],
    config: {},
    secrets: { TOKEN: "keyed:1" },
  };
  const call = { spec, secrets: new Map([["TOKEN", secret]]), wait: true };
  expect(JSON.stringify(call) + inspect(call, { depth: 9 })).not.toContain(value);
  const sent = JSON.stringify(messageOf(call));
  expect(JSON.parse(sent).secrets).toEqual({ TOKEN: value });
  const received = v.parse(deployCall, JSON.parse(sent));
  expect(received.secrets.get("TOKEN")?.reveal()).toBe(value);
  expect(inspect(received, { depth: 9, showHidden: true }) + JSON.stringify(received)).not.toContain(value);
});
