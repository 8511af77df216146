import { variableOf } from "../secrets/providers/environment-provider.ts";
import type { ConfigDeclaration, Project, SecretDeclaration } from "./types.ts";

/** What opens secrets is one. */
const keysToSecrets = ["SOPS_AGE_KEY", "VAULT_TOKEN", "BAO_TOKEN"];

type Secretive = Pick<Project, "config" | "environments" | "secretVariables">;

/** The variables that hold a secret of the project when they are set; without what opens secrets. */
export function secretVariables({ config, environments, secretVariables: known = [] }: Secretive): readonly string[] {
  const secrets = Object.entries(config).filter((entry): entry is [string, SecretDeclaration] => isSecret(entry[1]));
  const names = secrets.flatMap(([key, { from }]) => {
    const ofEach = Object.keys(environments).flatMap((environment) => {
      const request = { environment, key, shared: false };
      const declared = from?.source === "variable" ? [variableOf({ ...request, from })] : [];
      return [variableOf(request), ...declared];
    });
    return [key, ...ofEach];
  });
  return [...new Set([...known, ...names])];
}

/** The variables of a caller's environment whose values must not be shown, when they are set. */
export function hiddenVariables(project: Secretive): ReadonlySet<string> {
  return new Set([...secretVariables(project), ...keysToSecrets]);
}

/** The project without all but its pipeline: plain data, which still says what has to be hidden. */
export function pipelineAlone(project: Project): Project {
  return { ...project, services: {}, config: {}, environments: {}, secretVariables: secretVariables(project) };
}

function isSecret(declaration: ConfigDeclaration): declaration is SecretDeclaration {
  // A schema comes first: a vendor's schema may have a `kind` of its own.
  return !("~standard" in declaration) && declaration.kind === "secret";
}
