import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createSops, formatOf, generateIdentity, type Identity, type PlainValue } from "@tidegate/sops";
import { beforeAll, describe, expect, it } from "vitest";
import { fileProvider } from "../../../src/secrets/providers/file-provider.ts";
import { projectSecrets } from "../../../src/secrets/providers/project-secrets.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { hiddenValue, providerConformance, revealed } from "./conformance.ts";

let identity: Identity;

beforeAll(async () => {
  identity = await generateIdentity("x25519");
});

async function writeSops(path: string, values: Readonly<Record<string, PlainValue>>): Promise<void> {
  const changes = Object.entries(values).map(([key, value]) => ({ path: [key], value }));
  const open = (await createSops(formatOf(path)!, { path, recipients: [identity.recipient] })).with(changes);
  const printed = await open.print({ now: new Date(0) });
  if (!printed.ok) throw new Error(JSON.stringify(printed.failures));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, printed.value);
}

function variablesWith(key: boolean): Record<string, string> {
  return key ? { SOPS_AGE_KEY: identity.reveal() } : {};
}

const request = (environment: string, key: string, shared = false) => ({ environment, key, shared });

function open(folder: string, hasKey = true) {
  const keys = { variables: variablesWith(hasKey), platform: process.platform, folder };
  return { provider: fileProvider({ layout: { folder }, keys }), request, asked: () => 0 };
}

for (const ending of ["yaml", "json", "env"]) {
  providerConformance(`secrets file (${ending})`, {
    open: async (values) => {
      const folder = tempFolder();
      for (const [place, keys] of Object.entries(values))
        await writeSops(join(folder, `secrets/${place}.${ending}`), keys);
      return open(folder);
    },
    down: async () => {
      const folder = tempFolder();
      await writeSops(join(folder, `secrets/staging.${ending}`), { A: hiddenValue });
      return open(folder, false);
    },
    perEnvironment: 0,
  });
}

describe("secrets from a project's files", () => {
  it("are data where the file has structure, and texts where it has a scalar", async () => {
    const folder = tempFolder();
    const database = new Map<string, PlainValue>([
      ["user", "u"],
      ["port", 5432n],
      ["big", 12345678901234567890n % 2n ** 63n],
      ["__proto__", "x"],
    ]);
    await writeSops(join(folder, "secrets/staging.yaml"), {
      DATABASE: database,
      COUNT: 12n,
      YES: true,
      LIST: ["a", "b"],
    });
    const { provider } = open(folder);
    const readings = await provider.read(["DATABASE", "COUNT", "YES", "LIST"].map((key) => request("staging", key)));
    expect(readings.map(revealed).slice(1)).toEqual(["12", "true", '["a","b"]']);
    const [first] = readings;
    const data = first?.state === "found" ? first.structure?.() : undefined;
    expect(JSON.stringify(data)).toBe(
      '{"user":"u","port":5432,"big":"3122119827426358718","__proto__":"x"}'.replace(
        "3122119827426358718",
        String(12345678901234567890n % 2n ** 63n),
      ),
    );
    expect(({} as { user?: string }).user).toBeUndefined();
  });

  it("that the file does not have are missing even where no key opens it", async () => {
    const folder = tempFolder();
    await writeSops(join(folder, "secrets/staging.yaml"), { A: "value of a" });
    const readings = await open(folder, false).provider.read([request("staging", "A"), request("staging", "B")]);
    expect(readings.map(({ state }) => state)).toEqual(["unreadable", "missing"]);
  });

  it("win over variables, which are told; what neither has is missing with both hints", async () => {
    const folder = tempFolder();
    await writeSops(join(folder, "secrets/staging.yaml"), { A: "of the file" });
    const project = { name: "shop", environments: { staging: {} } };
    const variables = { ...variablesWith(true), STAGING_A: "of the variable", STAGING_B: "only a variable" };
    const provider = projectSecrets(project, folder, variables);
    const [a, b, c] = await provider.read(["A", "B", "C"].map((key) => request("staging", key)));
    expect(a).toMatchObject({
      state: "found",
      origin: { kind: "file", line: 1 },
      overridden: [{ origin: { kind: "variable", name: "STAGING_A" } }],
    });
    expect([a, b].map((one) => revealed(one!))).toEqual(["of the file", "only a variable"]);
    expect(c).toMatchObject({
      state: "missing",
      hint: expect.stringMatching(/secrets set C --env staging.*STAGING_C/),
    });
  });

  it("that the definition has from somewhere else are not looked for in the file", async () => {
    const folder = tempFolder();
    await writeSops(join(folder, "secrets/staging.yaml"), { A: "of the file" });
    const project = { name: "shop", environments: { staging: {} } };
    const variables = { ...variablesWith(true), PATH: process.env.PATH, OTHER: "named" };
    const from = { kind: "secretSource", source: "variable", name: "OTHER" } as const;
    const run = { kind: "secretSource", source: "command", run: ["echo", "printed {key}"] } as const;
    const readings = await projectSecrets(project, folder, variables).read([
      { ...request("staging", "A"), from },
      { ...request("staging", "B"), from: run },
      request("staging", "A"),
    ]);
    expect(readings.map(revealed)).toEqual(["named", "printed B", "of the file"]);
  });

  it("are where the definition says, and in one file only", async () => {
    const folder = tempFolder();
    await writeSops(join(folder, "ops/staging/app.yaml"), { A: "elsewhere" });
    const project = { name: "shop", environments: { staging: {} }, secrets: { path: "ops/{environment}/app.yaml" } };
    const [reading] = await projectSecrets(project, folder, variablesWith(true)).read([request("staging", "A")]);
    expect(revealed(reading!)).toBe("elsewhere");
    await writeSops(join(folder, "secrets/staging.yaml"), { A: "one" });
    await writeSops(join(folder, "secrets/staging.json"), { A: "two" });
    const [two] = await open(folder).provider.read([request("staging", "A")]);
    expect(two).toMatchObject({
      state: "unreadable",
      failure: { message: expect.stringContaining("several secrets files") },
    });
  });
});
