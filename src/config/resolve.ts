import type { Problem } from "../definition/problem.ts";
import type { Project } from "../definition/types.ts";
import type { SecretReading } from "../secrets/provider.ts";
import { type Declaration, declarationsOf } from "./declare.ts";
import { resolveDiffering } from "./resolve-differing.ts";
import { resolveSecret } from "./resolve-secret.ts";
import { resolveShared } from "./resolve-shared.ts";
import type { KeyOutcome, Resolution } from "./resolved.ts";
import { strayKeys } from "./stray-keys.ts";

/** What the provider answered for the secrets of one environment, by key. */
export type SecretValues = ReadonlyMap<string, SecretReading>;

/**
 * The config of one environment: defaults of the schemas, over them the environment's values, over them the secrets.
 * All problems at once, in the order of the definition. Without `secrets` these are left out, unjudged.
 */
export async function resolveConfig(
  project: Project,
  environment: string,
  secrets: SecretValues | undefined,
): Promise<Resolution> {
  const given = Object.hasOwn(project.environments, environment)
    ? project.environments[environment]!.config
    : undefined;
  const declarations = declarationsOf(project);
  const judged = declarations.filter(({ kind }) => kind !== "secret" || secrets !== undefined);
  const outcomes = await Promise.all(judged.map((one) => resolveKey(one, environment, given, secrets)));
  const found = outcomes.flatMap((outcome) => (isProblems(outcome) ? outcome : []));
  const problems = [...found, ...strayKeys(declarations, environment, given ?? {})];
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: { environment, values: outcomes.flatMap((outcome) => (isProblems(outcome) ? [] : outcome)) },
  };
}

type Given = Readonly<Record<string, unknown>> | undefined;

function resolveKey(declaration: Declaration, environment: string, given: Given, secrets: SecretValues | undefined) {
  switch (declaration.kind) {
    case "value":
      return resolveShared(declaration);
    case "differs":
      return resolveDiffering(declaration, environment, given);
    case "secret":
      return resolveSecret(declaration, environment, secrets?.get(declaration.key));
    default:
      return declaration satisfies never;
  }
}

function isProblems(outcome: KeyOutcome): outcome is readonly Problem[] {
  return Array.isArray(outcome);
}
