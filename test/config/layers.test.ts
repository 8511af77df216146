import { describe, expect, test } from "vitest";
import { z } from "zod";
import { compareStandings } from "../../src/config/compare.ts";
import { declarationsOf } from "../../src/config/declare.ts";
import { explainKey } from "../../src/config/explain.ts";
import { parseSet } from "../../src/config/parse-set.ts";
import { givenBy } from "../../src/config/resolve.ts";
import { standingsOf } from "../../src/config/standing.ts";
import { differs, secret, shared } from "../../src/definition/builders.ts";
import type { SecretReading } from "../../src/secrets/provider.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { configProject, found, readings } from "./projects.ts";

const project = configProject(
  {
    TTL: z.number().default(60),
    LEVEL: differs(z.string().default("warn"), "staging is chatty"),
    URL: differs(z.url(), "each has its own"),
    KEY: secret(z.string().min(8)),
    LICENCE: secret(shared(z.string(), "one for all")),
  },
  { staging: { LEVEL: "debug", URL: "http://s/" }, production: { URL: "http://p/" } },
);
const noKey: SecretReading = {
  state: "unreadable",
  failure: { code: "secrets-no-key", message: "No key opens secrets/production.yaml" },
  origin: { kind: "file", path: "/p/secrets/production.yaml" },
};

const explain = async (
  key: string,
  secrets: Readonly<Record<string, SecretReading>> = {},
  set = new Map<string, string>(),
) => {
  const declaration = declarationsOf(project).find((one) => one.key === key)!;
  const environment = "staging";
  const layers = { environment, given: givenBy(project, environment), secrets: readings(secrets), set };
  const { standing, layers: rows } = await explainKey(declaration, layers);
  return { standing, rows, short: rows.map(({ layer, state, won }) => `${layer} ${state}${won ? " won" : ""}`) };
};

describe("explaining a key", () => {
  test("the environment's value wins over the schema's default", async () => {
    const { rows, short } = await explain("LEVEL");
    expect(short).toEqual(["default value", "environment value won", "secret closed", "set none"]);
    expect(rows.map(({ value }) => value)).toEqual(["warn", "debug", undefined, undefined]);
    expect(rows[1]!.place).toEqual({ in: "definition", path: ["environments", "staging", "config", "LEVEL"] });
  });

  test("what is set by hand wins over everything", async () => {
    const set = new Map([["LEVEL", "info"]]);
    const { short, standing } = await explain("LEVEL", {}, set);
    expect(short).toEqual(["default value", "environment value", "secret closed", "set value won"]);
    expect(standing).toMatchObject({ state: "set", resolved: { value: "info" } });
  });

  test("a value that is equal everywhere takes nothing from an environment", async () => {
    expect((await explain("TTL")).short).toEqual([
      "default value won",
      "environment closed",
      "secret closed",
      "set none",
    ]);
  });

  test("of a secret every source that has it is told, the one that won last, and never a value", async () => {
    const { rows, short } = await explain("KEY", {
      KEY: {
        state: "found",
        secret: new Secret("hunter2-hunter2"),
        origin: { kind: "file", path: "/p/secrets/staging.yaml", line: 3 },
        overridden: [{ secret: new Secret("hunter3-hunter3"), origin: { kind: "variable", name: "STAGING_KEY" } }],
      },
    });
    expect(short).toEqual(["default closed", "environment closed", "secret value", "secret value won", "set closed"]);
    expect(rows.map(({ place }) => place).filter(Boolean)).toEqual([
      { in: "source", origin: { kind: "variable", name: "STAGING_KEY" } },
      { in: "source", origin: { kind: "file", path: "/p/secrets/staging.yaml", line: 3 } },
    ]);
    expect(JSON.stringify(rows)).not.toMatch(/hunter/);
  });

  test("a secret that cannot be read is unreadable: not missing, not empty", async () => {
    const { standing, short, rows } = await explain("KEY", { KEY: noKey });
    expect(standing.state).toBe("unreadable");
    expect(short).toEqual(["default closed", "environment closed", "secret unreadable", "set closed"]);
    expect(rows[2]).toMatchObject({ failure: { code: "secrets-no-key" }, place: { in: "source" } });
  });

  test("a secret that is missing says how to give it a value", async () => {
    const { standing, rows } = await explain("KEY", { KEY: { state: "missing", hint: "Set it." } });
    expect(standing.state).toBe("missing");
    expect(rows[2]).toMatchObject({ state: "none", hint: "Set it." });
  });
});

describe("comparing environments", () => {
  const compare = async (
    staging: Readonly<Record<string, SecretReading>>,
    production: Readonly<Record<string, SecretReading>>,
  ) => {
    const [a, b] = await Promise.all([
      standingsOf(project, "staging", readings(staging)),
      standingsOf(project, "production", readings(production)),
    ]);
    const differences = compareStandings(a, b, (value) => `keyed:${value.length}`);
    return Object.fromEntries(differences.map((one) => [one.key, one]));
  };

  test("tells what is equal, what differs and why it may", async () => {
    const { TTL, LEVEL } = await compare({}, {});
    expect(TTL).toMatchObject({ state: "equal", first: { value: 60 }, isUndeclared: false });
    expect(LEVEL).toMatchObject({
      state: "different",
      first: { value: "debug" },
      second: { value: "warn" },
      reason: "staging is chatty",
    });
  });

  test("secrets are compared by digest, and their values told nowhere", async () => {
    const all = await compare(
      { KEY: found("hunter2-hunter2"), LICENCE: found("one") },
      { KEY: found("hunter2-hunter2"), LICENCE: found("other") },
    );
    expect(all.KEY).toMatchObject({ state: "equal", isUndeclared: true, first: { state: "set" } });
    expect(all.LICENCE).toMatchObject({ state: "different", isUndeclared: true, reason: "one for all" });
    expect(JSON.stringify(all)).not.toMatch(/hunter2|"one"|"other"|keyed/);
  });

  test("what cannot be read is unknown, not different", async () => {
    const { KEY } = await compare({ KEY: found("hunter2-hunter2") }, { KEY: noKey });
    expect(KEY).toMatchObject({ state: "unknown", first: { state: "set" }, second: { state: "unreadable" } });
  });

  test("one that only the other has is told as such", async () => {
    const { KEY } = await compare({}, { KEY: found("hunter2-hunter2") });
    expect(KEY).toMatchObject({ state: "onlySecond", first: { state: "missing" } });
  });
});

describe("setting by hand", () => {
  const codes = (...texts: string[]) => {
    const parsed = parseSet(project, texts);
    return parsed.ok ? [...parsed.value] : parsed.failures.map(({ code, message }) => `${code}: ${message}`);
  };

  test("takes keys that differ and keys that are equal everywhere, also with = in the value", () => {
    expect(codes("LEVEL=info", "TTL=5", "URL=http://x/?a=b")).toEqual([
      ["LEVEL", "info"],
      ["TTL", "5"],
      ["URL", "http://x/?a=b"],
    ]);
  });

  test("refuses secrets, unknown keys, no value and two values, all at once, and quotes none", () => {
    const told = codes("KEY=hunter2", "LEVLE=x", "hunter2", "TTL=1", "TTL=2");
    expect(told).toEqual([
      "bad-arguments: KEY is a secret and cannot be set on the command line",
      'config-unknown: --set "LEVLE": the definition declares no such config key',
      "bad-arguments: --set takes a config key and its value",
      "bad-arguments: --set gives TTL two values",
    ]);
    expect(told.join()).not.toContain("hunter2");
  });
});
