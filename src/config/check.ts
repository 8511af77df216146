import type { Problem } from "../definition/problem.ts";
import type { Project } from "../definition/types.ts";
import { refusal } from "../secrets/redaction/refusal.ts";
import { commonSecrets, type SecretComparison } from "./compare-secrets.ts";
import { declarationsOf } from "./declare.ts";
import { resolveConfig, type SecretsByEnvironment } from "./resolve.ts";
import { resolveShared } from "./resolve-shared.ts";

/** What is known of secrets, and how they are compared. */
export interface KnownSecrets extends SecretComparison {
  /** An environment that is not in here has none. */
  readonly secrets: SecretsByEnvironment;
}

/** Every problem with the config of every environment, before anything is deployed. Without `known` secrets are not judged. */
export async function checkConfig(project: Project, known?: KnownSecrets): Promise<Problem[]> {
  const names = Object.keys(project.environments);
  const resolutions = await Promise.all(
    names.map((name) => resolveConfig(project, name, known && (known.secrets.get(name) ?? new Map()))),
  );
  const problems = resolutions.flatMap((resolution) => (resolution.ok ? [] : resolution.problems));
  const ofNone = names.length === 0 ? await withoutEnvironments(project) : [];
  return distinct([...ofNone, ...problems, ...(known === undefined ? [] : problemsOfSecrets(project, known))]);
}

function problemsOfSecrets(project: Project, { secrets, ...comparison }: KnownSecrets): Problem[] {
  return [...trivialSecrets(secrets), ...commonSecrets(project, secrets, comparison)];
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

/** Values that cannot be secrets: they could be guessed, and hiding them would hide half of every log. */
function trivialSecrets(secrets: SecretsByEnvironment): Problem[] {
  return [...secrets].flatMap(([environment, readings]) =>
    [...readings].flatMap(([key, reading]) => {
      const trivial = reading.state === "found" ? refusal(reading.secret.reveal()) : undefined;
      return trivial === undefined ? [] : [tooTrivial(key, environment, trivial.because)];
    }),
  );
}

function tooTrivial(key: string, environment: string, because: string): Problem {
  const message = `The secret ${key} of environment "${environment}" cannot be one: ${because}`;
  const hint = "Give it a value that nobody can guess; if it is not a secret, make it an ordinary config value.";
  return { code: "secret-invalid", path: ["config", key], message, hint };
}
