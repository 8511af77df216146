import type { Project, SecretFrom } from "../definition/types.ts";
import { durationMs } from "../errors/duration.ts";
import type { SecretProvider, SecretRequest } from "../secrets/provider.ts";
import type { SecretSource } from "../secrets/source.ts";
import { declarationsOf, isIn, type SecretKey } from "./declare.ts";
import type { SecretsByEnvironment } from "./resolve.ts";

/** Asks the provider for every secret of the environments: all of the project's, or the ones named. */
export async function readSecrets(
  project: Project,
  provider: SecretProvider,
  environments: readonly string[] = Object.keys(project.environments),
): Promise<SecretsByEnvironment> {
  const secrets = declarationsOf(project).filter((declaration) => declaration.kind === "secret");
  const requests = environments.flatMap((environment) => {
    const own = secrets.filter((declaration) => isIn(declaration, environment));
    return own.map((declaration) => secretRequest(declaration, environment));
  });
  const readings = await provider.read(requests);
  const answers = requests.map(({ environment, key }, index) => ({ environment, key, reading: readings[index]! }));
  const valuesOf = (name: string) => answers.filter(({ environment }) => environment === name);
  return new Map(environments.map((name) => [name, new Map(valuesOf(name).map(({ key, reading }) => [key, reading]))]));
}

/** What the provider is asked for a secret of an environment. */
export function secretRequest({ key, shared, from }: SecretKey, environment: string): SecretRequest {
  return { environment, key, shared: shared !== undefined, ...(from !== undefined && { from: toSource(from) }) };
}

function toSource(from: SecretFrom): SecretSource {
  if (from.source !== "command") return from;
  const { timeout, ...rest } = from;
  return { ...rest, ...(timeout !== undefined && { timeoutMs: durationMs(timeout) }) };
}
