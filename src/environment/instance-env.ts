import type { PrivateFile } from "../drivers/driver.ts";
import { Secret, type Secrets } from "../secrets/secret.ts";
import type { DeploymentSpec, ServiceSpec } from "./spec.ts";

/** The files that a process gets, by the variable that says where each is. */
export function processFiles(
  spec: DeploymentSpec,
  secrets: Secrets,
  place: Pick<Place, "service">,
): Readonly<Record<string, PrivateFile>> {
  if (configFileOf(spec, place) === undefined) return {};
  const content = configFileText(spec, secrets);
  return { [configFileVariable]: { name: "config.json", content, secrets: [...secrets.values()] } };
}

function configFileOf(spec: DeploymentSpec, { service }: Pick<Place, "service">): ServiceSpec["configFile"] {
  return spec.services.find(({ name }) => name === service)?.configFile;
}

export interface Place {
  readonly service: string;
  /** Instance or job. */
  readonly id: string;
}

/**
 * The environment variables of a process: the deployment's config and its secrets, unless the service wants these as a file
 * only, and who and where it is.
 */
export function processEnvironment(
  spec: DeploymentSpec,
  secrets: Secrets,
  place: Place,
): Record<string, string | Secret> {
  const isFileOnly = configFileOf(spec, place) === "only";
  return {
    ...(isFileOnly ? {} : { ...spec.config, ...Object.fromEntries(secrets) }),
    TIDEGATE_RELEASE: spec.release,
    TIDEGATE_ENVIRONMENT: spec.environment,
    TIDEGATE_SERVICE: place.service,
    TIDEGATE_INSTANCE: place.id,
  };
}

/** The environment variable that says where the file is. */
const configFileVariable = "TIDEGATE_CONFIG_FILE";

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
