import type { Project } from "../definition/types.ts";
import type { SecretProvider } from "../secrets/provider.ts";
import type { SecretsByEnvironment } from "./check.ts";
import { declarationsOf } from "./declare.ts";

/** Asks the provider for every secret of the environments: all of the project's, or the ones named. */
export async function readSecrets(
  project: Project,
  provider: SecretProvider,
  environments: readonly string[] = Object.keys(project.environments),
): Promise<SecretsByEnvironment> {
  const secrets = declarationsOf(project).filter((declaration) => declaration.kind === "secret");
  const requests = environments.flatMap((environment) => {
    return secrets.map(({ key, shared }) => ({ environment, key, shared: shared !== undefined }));
  });
  const readings = await provider.read(requests);
  const answers = requests.map(({ environment, key }, index) => ({ environment, key, reading: readings[index]! }));
  const valuesOf = (name: string) => answers.filter(({ environment }) => environment === name);
  return new Map(environments.map((name) => [name, new Map(valuesOf(name).map(({ key, reading }) => [key, reading]))]));
}
