import { nearest } from "../definition/distance.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { OpenProject } from "./open-project.ts";

/** The environment of that name, or the failure that says which there are. */
export function findEnvironment(session: OpenProject, name: string): Result<string> {
  const names = Object.keys(session.project.environments);
  if (names.includes(name)) return ok(name);
  const meant = nearest(name, names);
  const known = names.length === 0 ? "The definition has no environments." : `Its environments: ${names.join(", ")}`;
  return failed({
    code: "unknown-environment",
    message: `There is no environment "${name}"`,
    hint: meant === undefined ? known : `Did you mean "${meant}"?`,
  });
}
