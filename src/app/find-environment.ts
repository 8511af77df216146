import { nearest } from "../definition/distance.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { OpenProject } from "./open-project.ts";

/** `gone`: the names of environments that were there once. */
type Known = Pick<OpenProject, "project"> & { readonly gone?: ReadonlySet<string> };

/** The environment of that name, or the failure that says which there are, and whether it was one of them once. */
export function findEnvironment({ project, gone }: Known, name: string): Result<string> {
  const names = Object.keys(project.environments);
  if (names.includes(name)) return ok(name);
  if (gone?.has(name)) return failed(isGone(name, names));
  const meant = nearest(name, names);
  const known = thereAre(names);
  return failed({
    code: "unknown-environment",
    message: `There is no environment "${name}"`,
    hint: meant === undefined ? known : `Did you mean "${meant}"?`,
  });
}

function isGone(name: string, names: readonly string[]): Failure {
  return {
    code: "unknown-environment",
    message: `The environment "${name}" is gone: it was destroyed, or its lifetime ended`,
    hint: `See what happened in it: tidegate history ${name}\n${thereAre(names)}`,
  };
}

function thereAre(names: readonly string[]): string {
  return names.length === 0 ? "The definition has no environments." : `Its environments: ${names.join(", ")}`;
}
