import { expect, test } from "vitest";
import { z } from "zod";
import { previewSecrets } from "../../src/config/preview-secrets.ts";
import type { Project } from "../../src/definition/types.ts";
import { command, defineProject, local, recreate, secret, shared } from "../../src/index.ts";
import { ProjectKey } from "../../src/secrets/project-key.ts";
import type { SecretProvider, SecretRequest } from "../../src/secrets/provider.ts";
import { Secret } from "../../src/secrets/secret.ts";

const key = new ProjectKey(new Uint8Array(32).fill(7));
const declared = defineProject({
  name: "small",
  pipeline: {},
  config: {
    SESSION: secret(z.string().min(32)),
    PIN: secret(z.string().max(16)),
    MAIL: secret(shared(z.string(), "one account")),
    API: secret(z.url(), { from: command(["print-production-key"]) }),
    SENTRY: secret(z.string().optional()),
  },
  environments: { staging: { driver: local(), strategy: recreate() } },
  previews: { from: "staging" },
});

function withPreview(createdAt = 5): Project {
  const { staging } = declared.environments;
  const login = { ...staging!, preview: { from: "staging", createdAt, endsAt: 9 } };
  return { ...declared, environments: { ...declared.environments, login } };
}

function providerOf(values: Readonly<Record<string, string>>, asked: SecretRequest[] = []): SecretProvider {
  return {
    read: async (requests) =>
      requests.map((request) => {
        asked.push(request);
        const value = values[`${request.shared ? "shared" : request.environment}/${request.key}`];
        return value === undefined ? { state: "missing", hint: "" } : { state: "found", secret: new Secret(value) };
      }),
  };
}

async function read(name: string, environment = "login", values: Readonly<Record<string, string>> = {}, at = 5) {
  const asked: SecretRequest[] = [];
  const isShared = name === "MAIL";
  const provider = previewSecrets(providerOf(values, asked), withPreview(at), (purpose) => key.derive(purpose));
  const [reading] = await provider.read([
    {
      environment,
      key: name,
      shared: isShared,
      ...(name === "API" && { from: { kind: "secretSource", source: "command", run: ["x"] } }),
    } as SecretRequest,
  ]);
  return {
    asked: asked[0]!,
    reading: reading!,
    value: reading?.state === "found" ? reading.secret.reveal() : undefined,
  };
}

test("promise 10: a preview is asked for in the place of previews alone, also for what is shared or comes from elsewhere", async () => {
  for (const name of ["SESSION", "MAIL", "API"]) {
    const { asked } = await read(name);
    expect(asked).toEqual({ environment: "preview", key: name, shared: false });
  }
  expect((await read("MAIL", "staging", { "shared/MAIL": "s" })).value).toBe("s");
  expect((await read("MAIL", "login", { "shared/MAIL": "s" })).value).not.toBe("s");
  expect((await read("SESSION", "login", { "preview/SESSION": "p", "staging/SESSION": "no" })).value).toBe("p");
});

test("promise 10: what has no value there is made up, always the same for one preview, and never that of another", async () => {
  const { value } = await read("SESSION");
  expect(value).toMatch(/^[0-9a-f]{64}$/);
  expect((await read("SESSION")).value).toBe(value);
  expect((await read("SESSION", "login", {}, 6)).value).not.toBe(value);
  expect((await read("MAIL")).value).not.toBe(value);
});

test("a made-up value fits its schema, or it is said how to give it one", async () => {
  expect((await read("PIN")).value).toHaveLength(16);
  const { reading } = await read("API");
  expect(reading).toMatchObject({
    state: "missing",
    hint: expect.stringContaining("tidegate secrets set API --env preview"),
  });
});

test("a secret that a service can do without is not made up", async () => {
  expect((await read("SENTRY")).reading.state).toBe("missing");
});

test("environments of the definition are asked for as ever, and get nothing made up", async () => {
  const { asked, reading } = await read("SESSION", "staging");
  expect(asked.environment).toBe("staging");
  expect(reading.state).toBe("missing");
});
