import { nearest } from "../definition/distance.ts";
import type { Problem } from "../definition/problem.ts";
import type { Declaration } from "./declare.ts";

/** The keys of an environment's config that don't belong there, and why. */
export function strayKeys(
  declarations: readonly Declaration[],
  environment: string,
  given: Readonly<Record<string, unknown>>,
): Problem[] {
  const byKey = new Map(declarations.map((declaration) => [declaration.key, declaration]));
  return Object.keys(given).flatMap((key) => {
    const path = ["environments", environment, "config", key];
    const declaration = byKey.get(key);
    if (declaration === undefined) return [unknown(key, path, environment, declarations)];
    if (declaration.kind === "value") return [undeclared(key, path, environment)];
    if (declaration.kind === "differs" && declaration.isAddress) return [ownAddress(key, path, environment)];
    return declaration.kind === "secret" ? [secretInFile(key, path, environment)] : [];
  });
}

function unknown(
  key: string,
  path: Problem["path"],
  environment: string,
  declarations: readonly Declaration[],
): Problem {
  const meant = nearest(
    key,
    declarations.filter((one) => one.kind === "differs" && !one.isAddress).map((declaration) => declaration.key),
  );
  const declare = `Declare it in the project's \`config\`: \`${key}: differs(schema, reason)\`.`;
  const hint = meant === undefined ? declare : `Did you mean "${meant}"?`;
  const message = `Environment "${environment}" sets ${key}, which is not declared`;
  return { code: "config-unknown", path, at: "key", message, hint };
}

function undeclared(key: string, path: Problem["path"], environment: string): Problem {
  const message = `Environment "${environment}" sets ${key}, which is equal everywhere`;
  const hint = `Remove it here, or declare the difference: \`${key}: differs(schema, reason)\`.`;
  return { code: "config-undeclared-difference", path, at: "key", message, hint };
}

function ownAddress(key: string, path: Problem["path"], environment: string): Problem {
  const message = `Environment "${environment}" sets ${key}, which is its address: address()`;
  const hint = "Remove it here; the address comes from the driver: `local({ url: … })`.";
  return { code: "config-undeclared-difference", path, at: "key", message, hint };
}

function secretInFile(key: string, path: Problem["path"], environment: string): Problem {
  const message = `Environment "${environment}" sets the secret ${key} in the file`;
  const set = `\`tidegate secrets set ${key} --env ${environment}\``;
  const hint = `Remove it here, and give the secret another value, ${set}: everybody who has the file knows this one.`;
  return { code: "config-undeclared-difference", path, at: "key", message, hint };
}
