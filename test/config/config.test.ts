import { inspect } from "node:util";
import * as valibot from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { checkConfig } from "../../src/config/check.ts";
import type { SecretDigests } from "../../src/config/compare-secrets.ts";
import { readSecrets } from "../../src/config/read-secrets.ts";
import type { SecretsByEnvironment } from "../../src/config/resolve.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import { type ResolvedConfig, toEnvironmentVariables } from "../../src/config/resolved.ts";
import { configSchema } from "../../src/config/schema.ts";
import { differs, local, rolling, secret, shared } from "../../src/definition/builders.ts";
import type { Problem } from "../../src/definition/problem.ts";
import type { Project } from "../../src/definition/types.ts";
import type { SecretReading } from "../../src/secrets/provider.ts";
import { environmentProvider } from "../../src/secrets/providers/environment-provider.ts";
import { Secret } from "../../src/secrets/secret.ts";

function projectWith(
  config: object,
  environments: Readonly<Record<string, object | undefined>> = { staging: undefined },
): Project {
  const entries = Object.entries(environments).map(([name, given]) => {
    const common = { driver: local(), strategy: rolling() };
    return [name, given === undefined ? common : { ...common, config: given }];
  });
  const named = Object.fromEntries(entries);
  return {
    kind: "project",
    name: "x",
    pipeline: {},
    services: {},
    config: config as Project["config"],
    environments: named,
  };
}

const known = (secrets: SecretsByEnvironment, deployed: SecretDigests = new Map()) => {
  return { secrets, digest: (value: string) => `digest of ${value}`, deployed };
};
const values = (secrets: Readonly<Record<string, string>>) => {
  const readings = Object.entries(secrets).map(([key, value]) => [key, found(value)] as const);
  return new Map<string, SecretReading>(readings);
};
const found = (value: string): SecretReading => ({ state: "found", secret: new Secret(value) });

async function resolved(project: Project, secrets = values({}), environment = "staging"): Promise<ResolvedConfig> {
  const resolution = await resolveConfig(project, environment, secrets);
  if (!resolution.ok) throw new Error(inspect(resolution.problems));
  return resolution.value;
}

async function variables(project: Project, secrets = values({})): Promise<Record<string, string>> {
  const set = Object.entries(toEnvironmentVariables(await resolved(project, secrets)));
  return Object.fromEntries(
    set.map(([key, value]) => [key, value instanceof Secret ? `secret ${value.reveal()}` : value]),
  );
}

async function problems(project: Project, secrets = values({})): Promise<readonly Problem[]> {
  const resolution = await resolveConfig(project, "staging", secrets);
  return resolution.ok ? [] : resolution.problems;
}

const late: z.ZodType<string> = z.string().transform(async (text) => (await Promise.resolve(text)).toUpperCase());

describe("values", () => {
  test("come from the schema, the environment and the secrets, coerced", async () => {
    const project = projectWith(
      {
        TTL: z.coerce.number().default(60),
        LEVEL: differs(z.enum(["debug", "info"]), "x"),
        LIMIT: differs(z.coerce.number().default(10), "x"),
        SIZE: differs(valibot.pipe(valibot.string(), valibot.transform(Number)), "x"),
        NAME: differs(late, "x"),
        KEY: secret(z.string().trim()),
        PIN: secret(z.coerce.number()),
      },
      { staging: { LEVEL: "debug", SIZE: "007", NAME: "late" } },
    );
    expect(await variables(project, values({ KEY: " k ", PIN: "0042" }))).toEqual({
      TTL: "60",
      LEVEL: "debug",
      LIMIT: "10",
      SIZE: "7",
      NAME: "LATE",
      KEY: "secret k",
      PIN: "secret 42",
    });
  });

  test("say which layer they come from", async () => {
    const project = projectWith(
      {
        A: z.string().default("a"),
        B: differs(z.string().default("b"), "x"),
        C: differs(z.coerce.number().default(1), "x"),
        S: secret(z.string()),
      },
      { staging: { C: "2" } },
    );
    const config = await resolved(project, values({ S: "s" }));
    expect(config.values).toEqual([
      { key: "A", kind: "value", value: "a", text: "a", layers: [{ layer: "default", value: "a", won: true }] },
      { key: "B", kind: "differs", value: "b", text: "b", layers: [{ layer: "default", value: "b", won: true }] },
      {
        key: "C",
        kind: "differs",
        value: 2,
        text: "2",
        isJson: true,
        layers: [
          { layer: "default", value: 1, won: false },
          { layer: "environment", value: "2", won: true },
        ],
      },
      {
        key: "S",
        kind: "secret",
        value: new Secret("s"),
        text: new Secret("s"),
        layers: [{ layer: "secret", value: new Secret("s"), won: true }],
      },
    ]);
  });

  test.each([
    ["text", "text"],
    ["", ""],
    [0, "0"],
    [1e21, "1e+21"],
    [false, "false"],
    [12345678901234567890n, "12345678901234567890"],
    [new URL("http://x/a b"), "http://x/a%20b"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [["a", 1], '["a",1]'],
    [{ b: 1, a: [null] }, '{"b":1,"a":[null]}'],
    [null, "null"],
  ])("%o becomes the variable %j", async (value, text) => {
    expect(await variables(projectWith({ KEY: z.any().default(value) }))).toEqual({ KEY: text });
  });

  test("that are undefined are left out", async () => {
    const config = {
      A: z.string().optional(),
      B: differs(z.string().optional(), "x"),
      C: secret(z.string().optional()),
    };
    expect(await variables(projectWith(config))).toEqual({});
  });

  test.each([[() => 1], [Symbol("x")], ["a\0b"], [new Date(Number.NaN)], [{ big: 1n }]])(
    "like %o cannot be a variable, and the value is not quoted",
    async (value) => {
      const config = {
        A: z.any().default(() => value),
        B: differs(z.any(), "x"),
        S: secret(z.any().transform(() => value)),
      };
      const found = await problems(projectWith(config, { staging: { B: value } }), values({ S: "s" }));
      expect(found.map(({ code }) => code)).toEqual(["config-invalid", "config-invalid", "secret-invalid"]);
      expect(JSON.stringify(found)).not.toContain("\\u0000");
    },
  );

  test("have names that JavaScript uses itself", async () => {
    const config = Object.fromEntries([
      ["__proto__", differs(z.string(), "x")],
      ["constructor", z.string().default("c")],
      ["toString", secret(z.string())],
    ]);
    const given = Object.fromEntries([["__proto__", "p"]]);
    const set = await variables(projectWith(config, { staging: given }), values({ toString: "t" }));
    expect(Object.entries(set)).toEqual([
      ["__proto__", "p"],
      ["constructor", "c"],
      ["toString", "secret t"],
    ]);
    expect({}).not.toHaveProperty("p");
    const missing = await problems(
      projectWith({ constructor: differs(z.string(), "x"), toString: secret(z.string()) }, { staging: {} }),
    );
    expect(missing.map(({ code }) => code)).toEqual(["config-missing", "secret-missing"]);
  });
});

describe("promise 5: what is wrong", () => {
  test("a value that is equal everywhere has no default", async () => {
    expect(await problems(projectWith({ TTL: z.number() }))).toEqual([
      {
        code: "config-missing",
        path: ["config", "TTL"],
        message: "TTL has no value",
        cause: "Invalid input: expected number, received undefined",
        hint: "Give it one for all environments, `.default(…)`, or declare it `differs(schema, reason)`.",
      },
    ]);
  });

  test("an environment leaves out what it must set", async () => {
    const config = { LEVEL: differs(z.string(), "staging is chatty") };
    const hint = "Add LEVEL to the environment's `config`: it is declared to differ (staging is chatty).";
    const message = 'Environment "staging" has no value for LEVEL';
    expect(await problems(projectWith(config, { staging: { LEVEL: undefined } }))).toEqual([
      { code: "config-missing", path: ["environments", "staging", "config"], message, hint },
    ]);
    expect(await problems(projectWith(config))).toEqual([
      { code: "config-missing", path: ["environments", "staging"], message, hint },
    ]);
  });

  test("values do not fit, each with its place inside the value", async () => {
    const config = {
      LEVEL: differs(z.enum(["a", "b"]), "x"),
      POOL: differs(z.object({ min: z.number(), max: z.number() }), "x"),
    };
    const found = await problems(projectWith(config, { staging: { LEVEL: "c", POOL: { min: "1", max: null } } }));
    expect(found).toEqual([
      {
        code: "config-invalid",
        path: ["environments", "staging", "config", "LEVEL"],
        message: 'LEVEL of environment "staging": Invalid option: expected one of "a"|"b"',
      },
      {
        code: "config-invalid",
        path: ["environments", "staging", "config", "POOL", "min"],
        message: 'POOL (min) of environment "staging": Invalid input: expected number, received string',
      },
      {
        code: "config-invalid",
        path: ["environments", "staging", "config", "POOL", "max"],
        message: 'POOL (max) of environment "staging": Invalid input: expected number, received null',
      },
    ]);
  });

  test("promise 9: an environment sets keys that are not its own", async () => {
    const config = {
      LEVEL: differs(z.string().default("x"), "x"),
      TTL: z.number().default(1),
      KEY: secret(z.string()),
    };
    const found = await problems(
      projectWith(config, { staging: { LEVLE: "x", ZZZ: 1, TTL: 2, KEY: "hunter2" } }),
      values({ KEY: "k" }),
    );
    const path = ["environments", "staging", "config"];
    expect(found).toEqual([
      {
        code: "config-unknown",
        path: [...path, "LEVLE"],
        at: "key",
        message: 'Environment "staging" sets LEVLE, which is not declared',
        hint: 'Did you mean "LEVEL"?',
      },
      {
        code: "config-unknown",
        path: [...path, "ZZZ"],
        at: "key",
        message: 'Environment "staging" sets ZZZ, which is not declared',
        hint: "Declare it in the project's `config`: `ZZZ: differs(schema, reason)`.",
      },
      {
        code: "config-undeclared-difference",
        path: [...path, "TTL"],
        at: "key",
        message: 'Environment "staging" sets TTL, which is equal everywhere',
        hint: "Remove it here, or declare the difference: `TTL: differs(schema, reason)`.",
      },
      {
        code: "config-undeclared-difference",
        path: [...path, "KEY"],
        at: "key",
        message: 'Environment "staging" sets the secret KEY in the file',
        hint: "Remove it here, and give the secret another value, `tidegate secrets set KEY --env staging`: everybody who has the file knows this one.",
      },
    ]);
  });

  test("a schema throws, or its promise is rejected", async () => {
    const throwing = z.string().refine(() => {
      throw new Error("bug in refine");
    });
    const rejecting = {
      "~standard": { version: 1 as const, vendor: "own", validate: () => Promise.reject(new Error("offline")) },
    };
    const config = { A: differs(throwing, "x"), B: rejecting };
    const found = await problems(projectWith(config, { staging: { A: "a" } }));
    expect(found.map(({ message, cause }) => cause ?? message)).toEqual([
      'A of environment "staging": its schema threw Error: bug in refine',
      "its schema threw Error: offline",
    ]);
  });
});

describe("secrets", () => {
  const project = projectWith(
    { KEY: secret(z.string().min(32)), SHARED: secret(shared(z.string(), "one licence")) },
    { staging: undefined, production: undefined },
  );
  const provided = (variables: Record<string, string>) => readSecrets(project, environmentProvider(variables));

  test("that are missing say which variable to set", async () => {
    expect(await checkConfig(project, known(await provided({ STAGING_KEY: "" })))).toEqual([
      {
        code: "secret-missing",
        path: ["config", "KEY"],
        message: 'Environment "staging" has no value for the secret KEY',
        hint: "Set the environment variable STAGING_KEY, for example `export STAGING_KEY=…`.",
      },
      {
        code: "secret-missing",
        path: ["config", "SHARED"],
        message: 'Environment "staging" has no value for the secret SHARED',
        hint: "Set the environment variable SHARED, for example `export SHARED=…`.",
      },
      {
        code: "secret-missing",
        path: ["config", "KEY"],
        message: 'Environment "production" has no value for the secret KEY',
        hint: "Set the environment variable PRODUCTION_KEY, for example `export PRODUCTION_KEY=…`.",
      },
      {
        code: "secret-missing",
        path: ["config", "SHARED"],
        message: 'Environment "production" has no value for the secret SHARED',
        hint: "Set the environment variable SHARED, for example `export SHARED=…`.",
      },
    ]);
  });

  test("that do not fit never show their value, whatever the schema says", async () => {
    const value = "hunter2-hunter2";
    const quoting = z.string().superRefine((text, context) => {
      context.addIssue({ code: "custom", message: `bad: ${text}`, path: [text], params: { text } });
    });
    const forging = {
      "~standard": {
        version: 1 as const,
        vendor: "own",
        validate: (text: unknown) => ({ issues: [{ message: `${text}`, code: text, type: text, path: [`${text}`] }] }),
      },
    };
    const throwing = {
      "~standard": { version: 1 as const, vendor: "own", validate: (text: unknown) => Promise.reject(text) },
    };
    const config = { A: secret(z.string().min(32)), B: secret(quoting), C: secret(forging), D: secret(throwing) };
    const found = await problems(projectWith(config), values({ A: value, B: value, C: value, D: value }));
    expect(found.map(({ message }) => message)).toEqual([
      'The secret A of environment "staging" does not fit its schema (too_small)',
      'The secret B of environment "staging" does not fit its schema (custom)',
      'The secret C of environment "staging" does not fit its schema',
      'The secret D of environment "staging" does not fit its schema (schema threw)',
    ]);
    expect(JSON.stringify(found)).not.toContain("hunter2");
  });

  test("that are the same in two environments are refused, unless they are shared", async () => {
    const same = "correct horse battery staple 12345";
    const found = await checkConfig(
      project,
      known(await provided({ STAGING_KEY: same, PRODUCTION_KEY: same, SHARED: "licence-of-us-all" })),
    );
    expect(found).toEqual([
      {
        code: "secret-shared",
        path: ["config", "KEY"],
        message: 'Environments "staging" and "production" have the same value for the secret KEY',
        hint: "Give each its own, or say why one is enough: `secret(shared(schema, reason))`.",
      },
    ]);
    const other = await provided({ STAGING_KEY: same, PRODUCTION_KEY: `${same}1`, SHARED: "licence-of-us-all" });
    expect(await checkConfig(project, known(other))).toEqual([]);
  });

  test("are also held against what is deployed where they cannot be read", async () => {
    const value = "correct horse battery staple 12345";
    const read = await readSecrets(project, environmentProvider({ STAGING_KEY: value, SHARED: "licence-of-us-all" }), [
      "staging",
    ]);
    const deployedWith = (digest: string) =>
      known(read, new Map([["production", { KEY: digest, SHARED: "digest of licence-of-us-all" }]]));
    const only = { ...project, environments: { staging: project.environments.staging! } };
    expect(await checkConfig(only, deployedWith("digest of another"))).toEqual([]);
    const found = await checkConfig(only, deployedWith(`digest of ${value}`));
    expect(found.map(({ message }) => message)).toEqual([
      'Environments "staging" and "production" have the same value for the secret KEY',
    ]);
  });

  test("that anybody could guess are refused, with a reason and without the value", async () => {
    const simple = projectWith({ PIN: secret(z.string()), WORD: secret(z.string()) });
    const found = await checkConfig(
      simple,
      known(new Map([["staging", values({ PIN: "1234567", WORD: "changeme" })]])),
    );
    expect(found).toMatchObject([
      { code: "secret-invalid", path: ["config", "PIN"] },
      { code: "secret-invalid", path: ["config", "WORD"], message: expect.stringContaining("it is a common word") },
    ]);
    expect(JSON.stringify(found)).not.toMatch(/1234567|changeme/);
  });

  test("that cannot be read say why", async () => {
    const failure = {
      code: "secret-unreadable",
      message: "no key",
      cause: "why",
      hint: "do this",
      location: { file: "/x", line: 1, column: 1 },
    } as const;
    const readings = new Map<string, SecretReading>([["KEY", { state: "unreadable", failure }]]);
    expect(await problems(projectWith({ KEY: secret(z.string()) }), readings)).toEqual([
      { code: "secret-unreadable", path: ["config", "KEY"], message: "no key", cause: "why", hint: "do this" },
    ]);
  });

  test("must not have a default, which would stand in the file", async () => {
    expect(await problems(projectWith({ KEY: secret(z.string().default("in-the-file")) }))).toMatchObject([
      { code: "secret-invalid", path: ["config", "KEY"] },
    ]);
  });

  test("are not judged when they are not given", async () => {
    expect(await checkConfig(project)).toEqual([]);
    const without = await resolveConfig(project, "staging", undefined);
    expect(without).toEqual({ ok: true, value: { environment: "staging", values: [] } });
  });

  test("of an environment that nobody asked the provider for are missing", async () => {
    const asked: SecretsByEnvironment = await readSecrets(
      project,
      environmentProvider({ STAGING_KEY: "correct horse battery staple 12345", SHARED: "licence-of-us-all" }),
      ["staging"],
    );
    const found = await checkConfig(project, known(asked));
    expect(found.map(({ message }) => message)).toEqual([
      'Environment "production" has no value for the secret KEY',
      'Environment "production" has no value for the secret SHARED',
    ]);
  });

  test("show nothing when a resolved config is printed", async () => {
    const config = await resolved(projectWith({ KEY: secret(z.string()) }), values({ KEY: "hunter2" }));
    const printed = [
      inspect(config, { depth: 9, showHidden: true }),
      JSON.stringify(config),
      String(toEnvironmentVariables(config).KEY),
    ];
    expect(printed.join("\n")).not.toContain("hunter2");
  });
});

describe("checkConfig", () => {
  test("promise 5: tells all problems of all environments at once, what is equal everywhere once", async () => {
    const config = { TTL: z.number(), LEVEL: differs(z.string(), "x") };
    const found = await checkConfig(projectWith(config, { staging: { LEVEL: 1 }, production: { ZZZ: 1 } }));
    expect(found.map(({ code, path }) => `${code} ${path.join(".")}`)).toEqual([
      "config-missing config.TTL",
      "config-invalid environments.staging.config.LEVEL",
      "config-missing environments.production.config",
      "config-unknown environments.production.config.ZZZ",
    ]);
  });

  test("a value without a default is wrong even when there is no environment", async () => {
    expect(await checkConfig(projectWith({ TTL: z.number(), L: differs(z.string(), "x") }, {}))).toMatchObject([
      { code: "config-missing", path: ["config", "TTL"] },
    ]);
  });
});

describe("configSchema", () => {
  test("describes kinds and schemas, sorted, without a word of a secret", () => {
    const config = {
      Z: z.coerce.number().default(60),
      A: differs(z.enum(["b", "a"]), "x"),
      S: secret(z.enum(["red", "blue"])),
      L: secret(shared(z.object({ deep: z.string().default("hidden") }), "x")),
      O: differs(valibot.string(), "x"),
      T: differs(z.date(), "x"),
    };
    const schema = configSchema(projectWith(config));
    expect(schema).toEqual({
      version: 1,
      keys: {
        A: { kind: "differs", schema: { $schema: expect.any(String), enum: ["b", "a"], type: "string" } },
        L: {
          kind: "secret",
          shared: true,
          schema: expect.objectContaining({ type: "object", properties: { deep: { type: "string" } } }),
        },
        O: { kind: "differs", schema: { vendor: "valibot" } },
        S: { kind: "secret", shared: false, schema: { $schema: expect.any(String), type: "string" } },
        T: { kind: "differs", schema: { vendor: "zod" } },
        Z: { kind: "value", schema: expect.objectContaining({ default: 60 }) },
      },
    });
    expect(JSON.stringify(schema)).not.toMatch(/"red"|hidden/);
  });

  test("is the same bytes for the same keys in any order", () => {
    const a = configSchema(projectWith({ A: z.string(), B: z.object({ y: z.string(), x: z.number() }) }));
    const b = configSchema(projectWith({ B: z.object({ y: z.string(), x: z.number() }), A: z.string() }));
    expect(JSON.stringify(a)).toBe(JSON.stringify(b));
  });
});
