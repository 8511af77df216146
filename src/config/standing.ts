import type { Problem } from "../definition/problem.ts";
import type { Project } from "../definition/types.ts";
import type { FailureCode } from "../errors/codes.ts";
import type { Declaration } from "./declare.ts";
import { declarationsOf } from "./declare.ts";
import { givenBy, type Layers, resolveKey, type SecretValues, type SetValues } from "./resolve.ts";
import { isProblems, type ResolvedValue } from "./resolved.ts";

/**
 * How a key stands in an environment. `absent`: it has no value and needs none. `unreadable`: whether it has one cannot
 * be known now (no key to decrypt it, its provider is down); that is neither a missing value nor an empty one.
 */
export type Standing = (
  | { readonly state: "set"; readonly resolved: ResolvedValue }
  | { readonly state: "absent"; readonly resolved: ResolvedValue }
  | { readonly state: "missing" | "unreadable" | "invalid"; readonly problems: readonly Problem[] }
) & { readonly declaration: Declaration; readonly environment: string };

/** Every key of an environment, in the order of the definition, also those with something wrong. */
export async function standingsOf(
  project: Project,
  environment: string,
  secrets: SecretValues,
  set: SetValues = new Map(),
): Promise<Standing[]> {
  const layers = { environment, given: givenBy(project, environment), secrets, set };
  return Promise.all(declarationsOf(project).map((declaration) => standingOf(declaration, layers)));
}

/** One key of an environment. Without `secrets` in the layers a secret is missing. */
export async function standingOf(declaration: Declaration, layers: Layers): Promise<Standing> {
  const { environment } = layers;
  const outcome = await resolveKey(declaration, layers);
  if (!isProblems(outcome)) {
    return { declaration, environment, state: outcome.text === undefined ? "absent" : "set", resolved: outcome };
  }
  const state = layers.secrets?.get(declaration.key)?.state === "unreadable" ? "unreadable" : stateOf(outcome);
  return {
    declaration,
    environment,
    state: declaration.kind === "secret" ? state : stateOf(outcome),
    problems: outcome,
  };
}

function stateOf(problems: readonly Problem[]): "missing" | "invalid" {
  const codes: readonly FailureCode[] = ["config-missing", "secret-missing"];
  return problems.every(({ code }) => codes.includes(code)) ? "missing" : "invalid";
}
