import type { PrivateFile } from "../drivers/driver.ts";
import { Secret, type Secrets } from "../secrets/secret.ts";
import { alertSecrets, type DeploymentSpec, type ServiceSpec } from "./spec.ts";

/** What a process is given besides the config. */
export interface Given {
  readonly secrets: Secrets;
  /** Of the resources that its service uses, by environment variable. */
  readonly used: Readonly<Record<string, string | Secret>>;
}

/** The files that a process gets, by the variable that says where each is. */
export function processFiles(
  spec: DeploymentSpec,
  { secrets, used }: Given,
  place: Pick<Place, "service">,
): Readonly<Record<string, PrivateFile>> {
  if (configFileOf(spec, place) === undefined) return {};
  const content = configFileText(spec, ownSecrets(spec, secrets), used);
  const hidden = [...secrets.values(), ...Object.values(used).filter((value) => value instanceof Secret)];
  return { [configFileVariable]: { name: "config.json", content, secrets: hidden } };
}

function configFileOf(spec: DeploymentSpec, { service }: Pick<Place, "service">): ServiceSpec["configFile"] {
  return spec.services.find(({ name }) => name === service)?.configFile;
}

export interface Place {
  readonly service: string;
  /** Instance or job. */
  readonly id: string;
}

/** Without the URLs of what is external: only who uses it gets one, as it says in `uses`. And without what alerts are sent with. */
function ownSecrets(spec: DeploymentSpec, secrets: Secrets): Secrets {
  const { resources = [] } = spec;
  const urls = resources.flatMap((one) => ("external" in one && one.external ? [one.external.url] : []));
  const others = new Set([...urls, ...alertSecrets(spec)]);
  return others.size === 0 ? secrets : new Map([...secrets].filter(([key]) => !others.has(key)));
}

/**
 * The environment variables of a process: the deployment's config, its secrets, and what it uses of resources, unless the
 * service wants these as a file only, and who and where it is.
 */
export function processEnvironment(
  spec: DeploymentSpec,
  { secrets, used }: Given,
  place: Place,
): Record<string, string | Secret> {
  const isFileOnly = configFileOf(spec, place) === "only";
  return {
    ...(isFileOnly ? {} : { ...spec.config, ...Object.fromEntries(ownSecrets(spec, secrets)), ...used }),
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
  used: Given["used"] = {},
): Secret {
  const isJson = new Set(typed);
  const hidden = [...secrets, ...Object.entries(used)];
  const texts = [...Object.entries(config), ...hidden.map(([key, value]) => [key, textOf(value)] as const)];
  const members = texts.map(([key, text]) => `${JSON.stringify(key)}:${isJson.has(key) ? text : JSON.stringify(text)}`);
  return new Secret(`{${members.join(",")}}\n`);
}

function textOf(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}
