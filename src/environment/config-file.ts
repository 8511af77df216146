import { Secret, type Secrets } from "../secrets/secret.ts";
import type { DeploymentSpec } from "./spec.ts";

/** The environment variable that says where the file is. */
export const configFileVariable = "TIDEGATE_CONFIG_FILE";

/** The whole config of a deployment as one JSON object, values typed, its secrets in clear: for its processes alone. */
export function configFileText(
  { config, typed = [] }: Pick<DeploymentSpec, "config" | "typed">,
  secrets: Secrets,
): Secret {
  const isJson = new Set(typed);
  const texts = [...Object.entries(config), ...[...secrets].map(([key, secret]) => [key, secret.reveal()] as const)];
  const members = texts.map(([key, text]) => `${JSON.stringify(key)}:${isJson.has(key) ? text : JSON.stringify(text)}`);
  return new Secret(`{${members.join(",")}}\n`);
}
