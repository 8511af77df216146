import type { Problem } from "../definition/problem.ts";
import type { Project } from "../definition/types.ts";
import type { SecretReading } from "../secrets/provider.ts";
import { declarationsOf } from "./declare.ts";
import { resolveConfig, type SecretValues } from "./resolve.ts";
import { resolveShared } from "./resolve-shared.ts";

/** What the provider answered, by environment. */
export type SecretsByEnvironment = ReadonlyMap<string, SecretValues>;

/**
 * Every problem with the config of every environment, before anything is deployed. Without `secrets` these are not
 * judged; with them an environment that is not among them has none.
 */
export async function checkConfig(project: Project, secrets?: SecretsByEnvironment): Promise<Problem[]> {
  const names = Object.keys(project.environments);
  const resolutions = await Promise.all(
    names.map((name) => resolveConfig(project, name, secrets && (secrets.get(name) ?? new Map()))),
  );
  const problems = resolutions.flatMap((resolution) => (resolution.ok ? [] : resolution.problems));
  const ofNone = names.length === 0 ? await withoutEnvironments(project) : [];
  return distinct([...ofNone, ...problems, ...(secrets === undefined ? [] : sameSecrets(project, secrets))]);
}

async function withoutEnvironments(project: Project): Promise<Problem[]> {
  const shared = declarationsOf(project).filter((declaration) => declaration.kind === "value");
  const outcomes = await Promise.all(shared.map((declaration) => resolveShared(declaration)));
  return outcomes.flatMap((outcome) => (Array.isArray(outcome) ? (outcome as Problem[]) : []));
}

/** What is equal everywhere has its problem once for each environment: the first is enough. */
function distinct(problems: readonly Problem[]): Problem[] {
  const byIdentity = Map.groupBy(problems, ({ code, path, message }) => JSON.stringify([code, path, message]));
  return [...byIdentity.values()].map(([first]) => first!);
}

function sameSecrets(project: Project, secrets: SecretsByEnvironment): Problem[] {
  const own = declarationsOf(project).filter(({ kind, ...rest }) => kind === "secret" && !("shared" in rest));
  return own.flatMap(({ key }) => {
    const readings = [...secrets].flatMap(([name, values]) => found(name, values.get(key)));
    const groups = Map.groupBy(readings, ({ value }) => value);
    return [...groups.values()]
      .filter((group) => group.length > 1)
      .map((group) =>
        same(
          key,
          group.map(({ name }) => name),
        ),
      );
  });
}

function found(name: string, reading: SecretReading | undefined) {
  return reading?.state === "found" ? [{ name, value: reading.secret.reveal() }] : [];
}

function same(key: string, environments: readonly string[]): Problem {
  const names = environments.map((name) => `"${name}"`).join(" and ");
  const message = `Environments ${names} have the same value for the secret ${key}`;
  const hint = "Give each its own, or say why one is enough: `secret(shared(schema, reason))`.";
  return { code: "secret-shared", path: ["config", key], message, hint };
}
