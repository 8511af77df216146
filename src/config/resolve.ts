import type { Project } from "../definition/types.ts";
import { environmentUrl } from "../definition/where.ts";
import type { SecretReading } from "../secrets/provider.ts";
import { type Declaration, declarationsOf, isIn, type SecretKey } from "./declare.ts";
import { resolveDiffering } from "./resolve-differing.ts";
import { resolveSecret } from "./resolve-secret.ts";
import { resolveShared } from "./resolve-shared.ts";
import { isProblems, type KeyOutcome, type Resolution } from "./resolved.ts";
import { strayKeys } from "./stray-keys.ts";
import { tooLarge } from "./too-large.ts";

/** What the provider answered for the secrets of one environment, by key. */
export type SecretValues = ReadonlyMap<string, SecretReading>;

/** The same, by environment. */
export type SecretsByEnvironment = ReadonlyMap<string, SecretValues>;

/** What was set by hand for one call, by key: see `parseSet`. */
export type SetValues = ReadonlyMap<string, string>;

/**
 * The config of one environment: defaults of the schemas, over them the environment's values, over them the secrets, over
 * them what was set by hand. All problems at once, in the order of the definition. Without `secrets` these are left
 * out, unjudged.
 */
export async function resolveConfig(
  project: Project,
  environment: string,
  secrets: SecretValues | undefined,
  set: SetValues = new Map(),
): Promise<Resolution> {
  const given = givenBy(project, environment);
  const declarations = declarationsOf(project);
  const judged = declarations.filter(({ kind }) => kind !== "secret" || secrets !== undefined);
  const layers = { environment, given, secrets, set };
  const outcomes = await Promise.all(judged.map((one) => resolveKey(one, layers)));
  const found = outcomes.flatMap((outcome) => (isProblems(outcome) ? outcome : []));
  const own = project.environments[environment]?.config ?? {};
  const problems = [...found, ...strayKeys(declarations, environment, own)];
  if (problems.length > 0) return { ok: false, problems };
  const values = outcomes.flatMap((outcome) => (isProblems(outcome) ? [] : outcome));
  const large = tooLarge(project, environment, values);
  return large.length > 0 ? { ok: false, problems: large } : { ok: true, value: { environment, values } };
}

/** What the environment sets for itself, and its address where a key stands for that. */
export function givenBy(project: Project, environment: string): Given {
  if (!Object.hasOwn(project.environments, environment)) return undefined;
  const { config, driver } = project.environments[environment]!;
  const addressed = declarationsOf(project).filter(
    (declaration) => declaration.kind === "differs" && declaration.isAddress,
  );
  if (addressed.length === 0) return config;
  const url = environmentUrl(environment, driver);
  return { ...config, ...Object.fromEntries(addressed.map(({ key }) => [key, url])) };
}

/** An environment's own values; `undefined`: it sets none. */
export type Given = Readonly<Record<string, unknown>> | undefined;

/** Everything that stands above the schemas' defaults. */
export interface Layers {
  readonly environment: string;
  readonly given: Given;
  readonly secrets: SecretValues | undefined;
  readonly set: SetValues;
}

/** One key of one environment. */
export function resolveKey(
  declaration: Declaration,
  { environment, given, secrets, set }: Layers,
): Promise<KeyOutcome> {
  switch (declaration.kind) {
    case "value":
      return resolveShared(declaration, set.get(declaration.key));
    case "differs":
      return resolveDiffering(declaration, environment, given, set.get(declaration.key));
    case "secret":
      return isIn(declaration, environment)
        ? resolveOwnSecret(declaration, environment, secrets?.get(declaration.key))
        : Promise.resolve(absent(declaration.key));
    default:
      return declaration satisfies never;
  }
}

/** What is wrong with the URL of what is external is told where that stands. */
async function resolveOwnSecret(declaration: SecretKey, environment: string, reading: SecretReading | undefined) {
  const outcome = await resolveSecret(declaration, environment, reading);
  const resource = declaration.only?.[environment];
  if (resource === undefined || !isProblems(outcome)) return outcome;
  return outcome.map((problem) => ({ ...problem, path: ["environments", environment, "resources", resource] }));
}

/** The environment needs no value for it. */
function absent(key: string): KeyOutcome {
  return { key, kind: "secret", value: undefined, layers: [] };
}
