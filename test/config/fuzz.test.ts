import { expect, test } from "vitest";
import { z } from "zod";
import { checkConfig } from "../../src/config/check.ts";
import { declarationsOf } from "../../src/config/declare.ts";
import { explainKey } from "../../src/config/explain.ts";
import { parseDotenv } from "../../src/config/import/parse-dotenv.ts";
import { parseSet } from "../../src/config/parse-set.ts";
import { givenBy, resolveConfig } from "../../src/config/resolve.ts";
import { toData, toEnvironmentVariables } from "../../src/config/resolved.ts";
import { differs, secret } from "../../src/definition/builders.ts";
import type { SecretReading } from "../../src/secrets/provider.ts";
import { configProject, found, foundStructure } from "./projects.ts";

const runs = Number(process.env.TIDEGATE_FUZZ_RUNS ?? 3_000);

/** Marsaglia's xorshift: the same inputs for the same seed. */
function dice(seed: number): (sides: number) => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "A", "B", "valueOf", "then"];
const texts = [
  "",
  "true",
  "null",
  "[1",
  '{"__proto__":{"polluted":1}}',
  "1e999",
  "-0",
  "\u0000",
  "\ud800",
  "a=b",
  "__proto__",
];

type Roll = (sides: number) => number;

function anyOf<T>(roll: Roll, items: readonly T[]): T {
  return items[roll(items.length)]!;
}

function anyText(roll: Roll): string {
  if (roll(3) > 0) return anyOf(roll, texts);
  return Array.from({ length: roll(12) }, () => String.fromCharCode(roll(4) === 0 ? roll(0xffff) : 32 + roll(95))).join(
    "",
  );
}

function anyData(roll: Roll, depth = 0): unknown {
  switch (roll(depth > 3 ? 6 : 9)) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return anyText(roll);
    case 3:
      return anyOf(roll, [0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, 10n]);
    case 4:
      return roll(2) === 0;
    case 5:
      return anyOf(roll, [new Date(Number.NaN), new URL("http://x/"), () => 1, Symbol("x")]);
    case 6:
      return Array.from({ length: roll(4) }, () => anyData(roll, depth + 1));
    case 7:
      return new Map(Array.from({ length: roll(3) }, () => [anyOf(roll, names), anyData(roll, depth + 1)]));
    default:
      return anyRecord(roll, () => anyData(roll, depth + 1));
  }
}

/** With own keys like `__proto__`, as `JSON.parse` makes them. */
function anyRecord<T>(roll: Roll, value: () => T): Record<string, T> {
  return Object.fromEntries(Array.from({ length: roll(5) }, () => [anyOf(roll, names), value()]));
}

function anySchema(roll: Roll) {
  const schemas = [
    z.string(),
    z.number(),
    z.coerce.number(),
    z.boolean(),
    z.any(),
    z.record(z.string(), z.any()),
    z.array(z.string()),
    z.json(),
    z.object({ a: z.string() }).loose(),
    z.string().refine(() => {
      throw new Error("a bug of the schema's");
    }),
  ];
  const schema: z.ZodType = anyOf(roll, schemas);
  const fallback = anyData(roll);
  return anyOf(roll, [schema, schema.optional(), schema.default(() => fallback as never)]);
}

function anyDeclaration(roll: Roll) {
  const schema = anySchema(roll);
  return anyOf(roll, [schema, differs(schema, "x"), secret(schema)]);
}

function anyReading(roll: Roll): SecretReading {
  switch (roll(4)) {
    case 0:
      return { state: "missing", hint: "" };
    case 1:
      return { state: "unreadable", failure: { code: "secret-unreadable", message: "no key" } };
    case 2:
      return foundStructure(anyRecord(roll, () => anyText(roll)));
    default:
      return found(anyText(roll));
  }
}

test(`whatever is in the layers, resolving ends with a value or problems and changes no prototype (${runs} runs)`, async () => {
  const before = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
  for (let seed = 1; seed <= runs; seed++) {
    const roll = dice(seed);
    const given = anyRecord(roll, () => anyData(roll));
    const project = configProject(
      anyRecord(roll, () => anyDeclaration(roll)),
      { staging: given, production: undefined },
    );
    const secrets = new Map(Object.entries(anyRecord(roll, () => anyReading(roll))));
    const parsed = parseSet(
      project,
      Object.entries(anyRecord(roll, () => anyText(roll))).map((pair) => pair.join("=")),
    );
    const set = parsed.ok ? parsed.value : new Map<string, string>();
    const resolution = await resolveConfig(project, "staging", secrets, set);
    if (resolution.ok) {
      const expected = declarationsOf(project).map(({ key }) => key);
      expect(resolution.value.values.map(({ key }) => key)).toEqual(expected);
      for (const key of Object.keys(toEnvironmentVariables(resolution.value))) expect(expected).toContain(key);
      for (const value of resolution.value.values) toData(value);
    } else {
      expect(resolution.problems.length).toBeGreaterThan(0);
    }
    for (const declaration of declarationsOf(project)) {
      const layers = { environment: "staging", given: givenBy(project, "staging"), secrets, set };
      expect((await explainKey(declaration, layers)).layers.filter(({ won }) => won).length).toBeLessThan(2);
    }
    await checkConfig(project, { secrets: new Map([["staging", secrets]]), digest: (value) => `digest of ${value}` });
  }
  expect({}).not.toHaveProperty("polluted");
  expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(before);
}, 600_000);

test(`whatever a dotenv file has in it, reading ends (${runs} runs)`, () => {
  const pieces = [
    "A",
    "__proto__",
    "=",
    ": ",
    " ",
    "\n",
    "\r\n",
    '"',
    "'",
    "`",
    "\\",
    "#",
    "export ",
    "$A",
    "${",
    "B}",
    "\ufeff",
    "x",
    "\0",
  ];
  for (let seed = 1; seed <= runs; seed++) {
    const roll = dice(seed);
    const text = Array.from({ length: roll(40) }, () => anyOf(roll, pieces)).join("");
    const { entries, remarks } = parseDotenv(text);
    const lines = text.split(/\r\n?|\n/).length;
    expect(new Set(entries.map(({ key }) => key)).size).toBe(entries.length);
    for (const { line } of [...entries, ...remarks])
      expect(line >= 1 && line <= lines, JSON.stringify(text)).toBe(true);
  }
});
