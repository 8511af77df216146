import type { Problem } from "../definition/problem.ts";
import type { Project } from "../definition/types.ts";
import { declarationsOf } from "./declare.ts";
import type { SecretsByEnvironment } from "./resolve.ts";

/** Digests of secrets by environment and key. What is not in there is not known. */
export type SecretDigests = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** How secrets are told to be equal without their values. */
export interface SecretComparison {
  /** Under a key of the project's: equal values have equal digests, and nobody else can tell. */
  readonly digest: (value: string) => string;
  /** Of what is deployed: for environments whose secrets cannot be read here. */
  readonly deployed?: SecretDigests;
}

/**
 * Secrets that environments have in common although nothing says that they may. By digests alone: the values of two
 * environments need never be in one place.
 */
export function commonSecrets(
  project: Project,
  secrets: SecretsByEnvironment,
  { digest, deployed = new Map() }: SecretComparison,
): Problem[] {
  const own = declarationsOf(project).filter(({ kind, ...rest }) => kind === "secret" && !("shared" in rest));
  const environments = new Set([...secrets.keys(), ...deployed.keys()]);
  return own.flatMap(({ key }) => {
    const digests = [...environments].flatMap((environment) => {
      const reading = secrets.get(environment)?.get(key);
      const known = deployed.get(environment);
      if (reading?.state === "found") return [{ environment, value: digest(reading.secret.reveal()) }];
      return known !== undefined && Object.hasOwn(known, key) ? [{ environment, value: known[key] }] : [];
    });
    const groups = Map.groupBy(digests, ({ value }) => value).values();
    return [...groups]
      .map((group) => group.map(({ environment }) => environment))
      .map((group) => onePreview(project, group))
      .filter((group) => group.some((name) => secrets.has(name)) && group.length > 1)
      .map((group) => common(key, group));
  });
}

/** Previews have the same secrets by design: they count as one. */
function onePreview({ environments }: Project, group: readonly string[]): string[] {
  const isPreview = (name: string) => Object.hasOwn(environments, name) && environments[name]!.preview !== undefined;
  const first = group.find(isPreview);
  return group.filter((name) => name === first || !isPreview(name));
}

function common(key: string, environments: readonly string[]): Problem {
  const names = environments.map((name) => `"${name}"`).join(" and ");
  const message = `Environments ${names} have the same value for the secret ${key}`;
  const hint = "Give each its own, or say why one is enough: `secret(shared(schema, reason))`.";
  return { code: "secret-shared", path: ["config", key], message, hint };
}
