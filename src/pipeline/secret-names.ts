import type { ConfigDeclaration, Project, SecretDeclaration } from "../definition/types.ts";
import { variableOf } from "../secrets/providers/environment-provider.ts";

/** What opens secrets is one. */
const keysToSecrets = ["SOPS_AGE_KEY", "VAULT_TOKEN", "BAO_TOKEN"];

/** The variables of a caller's environment that hold a secret of the project, when they are set. */
export function secretNames({ config, environments }: Pick<Project, "config" | "environments">): ReadonlySet<string> {
  const secrets = Object.entries(config).filter((entry): entry is [string, SecretDeclaration] => isSecret(entry[1]));
  const names = secrets.flatMap(([key, { from }]) => {
    const ofEach = Object.keys(environments).flatMap((environment) => {
      const request = { environment, key, shared: false };
      const declared = from?.source === "variable" ? [variableOf({ ...request, from })] : [];
      return [variableOf(request), ...declared];
    });
    return [key, ...ofEach];
  });
  return new Set([...names, ...keysToSecrets]);
}

function isSecret(declaration: ConfigDeclaration): declaration is SecretDeclaration {
  // A schema comes first: a vendor's schema may have a `kind` of its own.
  return !("~standard" in declaration) && declaration.kind === "secret";
}
