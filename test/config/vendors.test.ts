import { type } from "arktype";
import * as valibot from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { resolveConfig } from "../../src/config/resolve.ts";
import { toData, toEnvironmentVariables } from "../../src/config/resolved.ts";
import { differs, secret } from "../../src/definition/builders.ts";
import { validateProject } from "../../src/definition/check/validate.ts";
import { duration } from "../../src/definition/value-schemas.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { configProject, found, foundStructure, readings, resolved } from "./projects.ts";

/** The same config in the words of each vendor. */
const vendors = {
  zod: {
    TTL: z.number().default(60),
    LEVEL: differs(z.enum(["debug", "info"]), "x"),
    LIMITS: differs(z.record(z.string(), z.int()), "x"),
    NAME: differs(z.string().optional(), "x"),
    PIN: secret(z.number()),
    USERS: secret(z.array(z.object({ name: z.string() }))),
  },
  valibot: {
    TTL: valibot.optional(valibot.number(), 60),
    LEVEL: differs(valibot.picklist(["debug", "info"]), "x"),
    LIMITS: differs(valibot.record(valibot.string(), valibot.pipe(valibot.number(), valibot.integer())), "x"),
    NAME: differs(valibot.optional(valibot.string()), "x"),
    PIN: secret(valibot.number()),
    USERS: secret(valibot.array(valibot.object({ name: valibot.string() }))),
  },
  arktype: {
    TTL: type("number | undefined").pipe((value) => value ?? 60),
    LEVEL: differs(type("'debug' | 'info'"), "x"),
    LIMITS: differs(type("Record<string, number.integer>"), "x"),
    NAME: differs(type("string | undefined"), "x"),
    PIN: secret(type("number")),
    USERS: secret(type({ name: "string" }).array()),
  },
} as const;

const given = { LEVEL: "debug", LIMITS: { a: 1, b: 2 } };
const secrets = readings({ PIN: found("42"), USERS: foundStructure([{ name: "ann" }]) });

describe.each(Object.entries(vendors))("a config of %s schemas", (_vendor, config) => {
  test("is a valid definition", () => {
    const problems = validateProject({ ...configProject(config, { staging: given }) });
    expect(problems).toEqual([]);
  });

  test("is typed from the definition and the secrets to the variables and the data", async () => {
    const values = await resolved(configProject(config, { staging: given }), secrets);
    const texts = Object.entries(toEnvironmentVariables(values)).map(([key, text]) => [
      key,
      text instanceof Secret ? text.reveal() : text,
    ]);
    expect(Object.fromEntries(texts)).toEqual({
      TTL: "60",
      LEVEL: "debug",
      LIMITS: '{"a":1,"b":2}',
      PIN: "42",
      USERS: '[{"name":"ann"}]',
    });
    expect(Object.fromEntries(values.values.map((value) => [value.key, toData(value)]))).toEqual({
      TTL: 60,
      LEVEL: "debug",
      LIMITS: { a: 1, b: 2 },
      NAME: undefined,
      PIN: 42,
      USERS: [{ name: "ann" }],
    });
  });

  test("takes what is set by hand as text", async () => {
    const set = new Map([
      ["TTL", "5"],
      ["LIMITS", '{"b":2}'],
      ["NAME", "5"],
    ]);
    const values = await resolved(configProject(config, { staging: given }), secrets, set);
    const data = Object.fromEntries(values.values.map((value) => [value.key, toData(value)]));
    expect(data).toMatchObject({ TTL: 5, LIMITS: { b: 2 }, NAME: "5" });
  });

  test("says what does not fit where it is, and nothing of a secret", async () => {
    const project = configProject(config, { staging: { LEVEL: "loud", LIMITS: { a: "x" } } });
    const wrong = readings({ PIN: found("hunter2"), USERS: foundStructure([{ name: 7 }]) });
    const resolution = await resolveConfig(project, "staging", wrong);
    const problems = resolution.ok ? [] : resolution.problems;
    expect(problems.map(({ code, path }) => `${code} ${path.join(".")}`)).toEqual([
      "config-invalid environments.staging.config.LEVEL",
      "config-invalid environments.staging.config.LIMITS.a",
      "secret-invalid config.PIN",
      "secret-invalid config.USERS",
    ]);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });
});

describe("what is given as text", () => {
  const set = async (schema: unknown, text: string) => {
    const resolution = await resolveConfig(
      configProject({ KEY: schema }),
      "staging",
      new Map(),
      new Map([["KEY", text]]),
    );
    return resolution.ok ? toData(resolution.value.values[0]!) : resolution.problems.map(({ message }) => message);
  };

  test.each([
    ["a text that looks like a number", z.string().default(""), "007", "007"],
    ["a number", z.number().default(0), "1.5", 1.5],
    ["false, to a schema that coerces", z.coerce.boolean().default(true), "false", false],
    ["true, to a schema of texts", z.string().default(""), "true", "true"],
    ["a list", z.array(z.string()).default([]), '["a"]', ["a"]],
    ["a text that begins like a list", z.string().default(""), "[draft]", "[draft]"],
    ["a length of time", duration("1s"), "5m", 300_000],
    ["milliseconds", duration("1s"), "250", 250],
    ["an address", z.url().default("http://a/"), "http://b/", "http://b/"],
    ["nothing", z.string().default("x"), "", ""],
  ])("is %s", async (_what, schema, text, data) => {
    expect(await set(schema, text)).toEqual(data);
  });

  test("keeps a number that JavaScript would round from being one", async () => {
    expect(await set(z.union([z.string(), z.number()]).default(1), "12345678901234567890")).toBe(
      "12345678901234567890",
    );
  });

  test("gets the problem of what it looks like", async () => {
    expect(await set(z.number().max(10).default(1), "50")).toEqual([
      "KEY as set by hand: Too big: expected number to be <=10",
    ]);
    expect(await set(z.string().min(9).default("x"), "50")).toEqual([
      "KEY as set by hand: Too small: expected string to have >=9 characters",
    ]);
  });
});

describe("values that JSON has no words for", () => {
  test.each([
    ["a map", new Map([["__proto__", 1]]), '{"__proto__":1}'],
    ["a set", new Set(["a", 1]), '["a",1]'],
    ["a map in a list", [new Map([["a", new Set([1])]])], '[{"a":[1]}]'],
  ])("%s is written as what it holds", async (_what, value, text) => {
    const config = await resolved(configProject({ KEY: z.any().default(() => value) }));
    expect(toEnvironmentVariables(config)).toEqual({ KEY: text });
  });

  test("no number inside of something is a mistake, not null", async () => {
    const resolution = await resolveConfig(configProject({ KEY: z.any().default([Number.NaN]) }), "staging", new Map());
    expect(resolution).toMatchObject({ ok: false, problems: [{ code: "config-invalid" }] });
  });
});
