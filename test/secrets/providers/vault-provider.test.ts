import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { SecretReading } from "../../../src/secrets/provider.ts";
import { vaultProvider } from "../../../src/secrets/providers/vault/vault-provider.ts";
import type { VaultSource } from "../../../src/secrets/source.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { VaultServer } from "../../support/vault-server.ts";
import { hiddenValue, providerConformance, revealed } from "./conformance.ts";

/** No wait between tries; time enough for a busy machine. */
const patient = { requestMs: 60_000, totalMs: 120_000, waitMs: 1, tries: 4 };
/** Where nothing is to be answered in time. */
const hasty = { requestMs: 300, totalMs: 2_000, waitMs: 1, tries: 4 };

function rig(
  server: VaultServer,
  source: Partial<VaultSource> = {},
  variables: Record<string, string> = {},
  limits = patient,
) {
  const provider = vaultProvider({
    variables: { VAULT_ADDR: server.address, VAULT_TOKEN: server.token, ...variables },
    limits,
  });
  return {
    provider,
    request: (environment: string, key: string, shared = false) => ({
      environment,
      key,
      shared,
      from: { kind: "secretSource", source: "vault", path: "kv/shop-{environment}", ...source } as const,
    }),
    asked: () => server.requests.length,
  };
}

providerConformance("vault", {
  open: async (values) => {
    const server = await new VaultServer().start();
    for (const [environment, keys] of Object.entries(values)) server.put(`kv/shop-${environment}`, keys);
    return rig(server);
  },
  down: async () => {
    const server = await new VaultServer().start();
    server.put("kv/shop-staging", { A: hiddenValue });
    server.isSealed = true;
    return rig(server);
  },
  perEnvironment: 1,
});

async function read(
  server: VaultServer,
  source: Partial<VaultSource> = {},
  variables: Record<string, string> = {},
  limits = patient,
): Promise<SecretReading> {
  const { provider, request } = rig(server, source, variables, limits);
  const [reading] = await provider.read([request("staging", "KEY")]);
  return reading!;
}

async function failureOf(
  server: VaultServer,
  source: Partial<VaultSource> = {},
  variables: Record<string, string> = {},
  limits = patient,
) {
  const reading = await read(server, source, variables, limits);
  if (reading.state !== "unreadable") throw new Error(`it is ${reading.state}`);
  return reading.failure;
}

async function filled(): Promise<VaultServer> {
  const server = await new VaultServer().start();
  server.put("kv/shop-staging", { KEY: hiddenValue });
  return server;
}

describe("a secret in Vault", () => {
  it("is the field that the definition names, in the version that it names", async () => {
    const server = await filled();
    server.put("kv/shop-staging", { KEY: "newer", other: "o" });
    expect(revealed(await read(server))).toBe("newer");
    expect(revealed(await read(server, { field: "other" }))).toBe("o");
    expect(revealed(await read(server, { version: 1 }))).toBe(hiddenValue);
  });

  it("may stand in a mount with a slash, in a namespace, in a path with odd characters", async () => {
    const server = await new VaultServer().start();
    server.namespace = "teams/shop";
    server.put("team/kv/a b/ü?#", { KEY: "found" });
    const source = { path: "team/kv/a b/ü?#", mount: "team/kv" };
    expect(revealed(await read(server, source, { VAULT_NAMESPACE: "teams/shop" }))).toBe("found");
    expect(revealed(await read(server, { ...source, namespace: "teams/shop" }))).toBe("found");
    expect((await failureOf(server, source)).message).toContain("the token may not read");
  });

  it("may be data, a number, a truth; a large whole number is not rounded", async () => {
    const server = await new VaultServer().start();
    server.put("kv/shop-staging", { map: { user: "u", ids: [1, 2] }, number: 12, yes: true, null: null });
    const map = await read(server, { field: "map" });
    expect(map).toMatchObject({ state: "found" });
    expect(map.state === "found" && map.structure?.()).toEqual({ user: "u", ids: [1, 2] });
    expect(revealed(map)).toBe('{"user":"u","ids":[1,2]}');
    expect(revealed(await read(server, { field: "number" }))).toBe("12");
    expect(revealed(await read(server, { field: "yes" }))).toBe("true");
    expect(revealed(await read(server, { field: "null" }))).toBe("missing");
    server.disturbances.push({ status: 200, body: '{"data":{"data":{"KEY":12345678901234567890}}}' });
    expect(revealed(await read(server))).toBe("12345678901234567890");
  });

  it("is missing when there is no such path, no such field, or when it was deleted", async () => {
    const server = await filled();
    expect(await read(server, { path: "kv/nothing" })).toMatchObject({
      state: "missing",
      hint: expect.stringContaining("there is no kv/nothing"),
    });
    expect(await read(server, { field: "none" })).toMatchObject({
      state: "missing",
      hint: expect.stringContaining("no field none"),
    });
    server.put("kv/shop-staging", undefined);
    expect(await read(server)).toMatchObject({ state: "missing", hint: expect.stringContaining("was deleted") });
  });

  it.each([
    ["the token may not", (server: VaultServer) => server.denied.add("kv/shop-staging")],
    ["Vault is sealed", (server: VaultServer) => (server.isSealed = true)],
    ["no engine is mounted at kv", (server: VaultServer) => server.mounts.delete("kv")],
  ])("is unreadable: %s", async (why, disturb) => {
    const server = await filled();
    disturb(server);
    const failure = await failureOf(server);
    expect(failure).toMatchObject({
      code: "secret-unreadable",
      message: expect.stringContaining(why),
      hint: expect.stringMatching(/./),
    });
    expect(server.requests).toHaveLength(1);
    expect(JSON.stringify(failure)).not.toMatch(/battery|hvs\./);
  });

  it.each([429, 412, 472, 473, 500, 502, 503])("is asked for again after %i", async (status) => {
    const server = await filled();
    server.disturbances.push({ status }, { status });
    expect(revealed(await read(server))).toBe(hiddenValue);
    expect(server.requests).toHaveLength(3);
  });

  it("is asked for a limited number of times", async () => {
    const server = await filled();
    for (let count = 0; count < 20; count += 1) server.disturbances.push({ status: 500, body: hiddenValue });
    const failure = await failureOf(server);
    expect(failure.message).toContain("Vault answered 500");
    expect(JSON.stringify(failure)).not.toContain("battery");
    expect(server.requests).toHaveLength(4);
  });

  it("is given up when a server asks to wait beyond the limit", async () => {
    const server = await filled();
    for (let count = 0; count < 9; count += 1)
      server.disturbances.push({ status: 429, headers: { "retry-after": "3600" } });
    expect((await failureOf(server, {}, {}, hasty)).message).toMatch(/did not answer in time|answered 429/);
  });

  it("is given up when there is no answer in time", async () => {
    const server = await filled();
    server.disturbances.push({ status: 200, hangs: true });
    expect((await failureOf(server, {}, {}, hasty)).message).toContain("did not answer in time");
  });

  it("is unreadable when nobody listens, or when somebody else does", async () => {
    const server = await filled();
    const { address } = server;
    server.disturbances.push({ status: 200, body: `<html>${hiddenValue}</html>` });
    const other = await failureOf(server);
    expect(other.message).toContain("did not answer as Vault does");
    expect(JSON.stringify(other)).not.toContain("battery");
    await server.stop();
    const provider = vaultProvider({ variables: { VAULT_ADDR: address, VAULT_TOKEN: "t" }, limits: patient });
    const from = { kind: "secretSource", source: "vault", path: "kv/shop" } as const;
    const [reading] = await provider.read([{ environment: "staging", key: "KEY", shared: false, from }]);
    expect(reading).toMatchObject({
      state: "unreadable",
      failure: { message: expect.stringContaining("cannot be reached") },
    });
  });

  it("is told without the user and password that the address may have", async () => {
    const server = await filled();
    const address = server.address.replace("//", "//proxy-user:proxy-password@");
    const found = await read(server, {}, { VAULT_ADDR: address });
    expect(found).toMatchObject({ state: "found", origin: { address: server.address } });
    await server.stop();
    const provider = vaultProvider({ variables: { VAULT_ADDR: address, VAULT_TOKEN: "t" }, limits: patient });
    const from = { kind: "secretSource", source: "vault", path: "kv/shop" } as const;
    const [failure] = await provider.read([{ environment: "staging", key: "KEY", shared: false, from }]);
    expect(failure).toMatchObject({ state: "unreadable" });
    expect(JSON.stringify([found, failure])).not.toMatch(/proxy-(user|password)/);
  });

  it("is followed to the active node, with the token, once", async () => {
    const server = await filled();
    const standby = createServer((request, response) => {
      response.writeHead(307, { location: `${server.address}${request.url}` }).end();
    });
    await new Promise<void>((resolve) => standby.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void standby.close());
    const address = `http://127.0.0.1:${(standby.address() as AddressInfo).port}`;
    expect(revealed(await read(server, {}, { VAULT_ADDR: address }))).toBe(hiddenValue);
  });

  it("is read with the token of ~/.vault-token, or of OpenBao's variables", async () => {
    const server = await filled();
    const home = tempFolder({ ".vault-token": `${server.token}\n` });
    expect(revealed(await read(server, {}, { VAULT_TOKEN: "", HOME: home }))).toBe(hiddenValue);
    const bao = { VAULT_TOKEN: "", VAULT_ADDR: "", BAO_TOKEN: server.token, BAO_ADDR: server.address };
    expect(revealed(await read(server, {}, bao))).toBe(hiddenValue);
  });

  it.each([
    [{ VAULT_ADDR: "" }, "The address of Vault is unknown"],
    [{ VAULT_ADDR: "vault.example.com" }, "VAULT_ADDR is not an address"],
    [{ VAULT_TOKEN: "" }, "There is no Vault token"],
    [{ VAULT_CACERT: "/no/such/file" }, "The certificate file /no/such/file cannot be read"],
  ])("needs %j to be right", async (variables, why) => {
    const server = await filled();
    expect((await failureOf(server, {}, variables)).message).toContain(why);
    expect(server.requests).toEqual([]);
  });

  it("never shows a token file that is not one", async () => {
    const server = await filled();
    const home = tempFolder();
    writeFileSync(join(home, ".vault-token"), "two\nlines");
    expect((await failureOf(server, {}, { VAULT_TOKEN: "", HOME: home })).message).toContain("There is no Vault token");
  });
});
