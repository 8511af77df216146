/**
 * How long it takes to resolve a config of 10,000 values, against what `yaml` needs to parse a file that says the same.
 * Without its check for keys that are there twice: for this many that takes `yaml` more than ten times as long. Prints the
 * ratio of the medians; both take turns, so that a machine that is busy is busy for both.
 */
import { parse } from "yaml";
import { z } from "zod";
import { resolveConfig } from "../src/config/resolve.ts";
import { toEnvironmentVariables } from "../src/config/resolved.ts";
import { differs, local, rolling, secret } from "../src/definition/builders.ts";
import type { Project } from "../src/definition/types.ts";
import type { SecretReading } from "../src/secrets/provider.ts";
import { Secret } from "../src/secrets/secret.ts";

const count = 10_000;
const rounds = 15;

/** A third each: equal everywhere, set by the environment, secret. */
const keys = Array.from({ length: count }, (_, index) => ({
  key: `KEY_${index}`,
  kind: index % 3,
  value: valueAt(index),
}));

function valueAt(index: number): string | number | boolean {
  return [`value number ${index}`, index, index % 2 === 0][Math.floor(index / 3) % 3]!;
}

function schemaOf(value: string | number | boolean) {
  if (typeof value === "number") return z.number();
  return typeof value === "boolean" ? z.boolean() : z.string();
}

const declarations = keys.map(({ key, kind, value }) => {
  const schema: z.ZodType = schemaOf(value);
  const declaration = kind === 0 ? schema.default(value) : kind === 1 ? differs(schema, "bench") : secret(schema);
  return [key, declaration];
});
const given = Object.fromEntries(keys.filter(({ kind }) => kind === 1).map(({ key, value }) => [key, value]));
const project: Project = {
  kind: "project",
  name: "bench",
  pipeline: {},
  services: {},
  config: Object.fromEntries(declarations),
  environments: { production: { driver: local(), strategy: rolling(), config: given } },
};
const secrets = new Map<string, SecretReading>(
  keys
    .filter(({ kind }) => kind === 2)
    .map(({ key, value }) => [key, { state: "found", secret: new Secret(String(value)) }]),
);
const text = keys.map(({ key, value }) => `${key}: ${JSON.stringify(value)}\n`).join("");

const resolving: number[] = [];
const parsing: number[] = [];
for (let round = 0; round < rounds; round++) {
  parsing.push(await timed(() => parse(text, { uniqueKeys: false })));
  resolving.push(
    await timed(async () => {
      const resolution = await resolveConfig(project, "production", secrets);
      if (!resolution.ok) throw new Error(JSON.stringify(resolution.problems.slice(0, 3)));
      if (Object.keys(toEnvironmentVariables(resolution.value)).length !== count) throw new Error("values are missing");
    }),
  );
}

const [resolve, parseYaml] = [median(resolving), median(parsing)];
console.log(`${count} values, median of ${rounds} rounds`);
console.log(`yaml parses the file    ${parseYaml.toFixed(1)} ms`);
console.log(`tidegate resolves them  ${resolve.toFixed(1)} ms`);
console.log(`ratio                   ${(resolve / parseYaml).toFixed(2)}, to be below 3`);

async function timed(work: () => unknown): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
}
