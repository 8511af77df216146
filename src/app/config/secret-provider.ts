import type { SecretProvider } from "../../secrets/provider.ts";
import type { OpenProject } from "../open-project.ts";
import type { Ports } from "../ports.ts";

/** Where the project's secrets come from: its files, the environment, what the definition names. */
export async function openSecretProvider(
  { project, folder }: Pick<OpenProject, "project" | "folder">,
  { env, signal }: Pick<Ports, "env" | "signal">,
): Promise<SecretProvider> {
  const { projectSecrets } = await import("../../secrets/providers/project-secrets.ts");
  return projectSecrets(project, folder, env, signal);
}
