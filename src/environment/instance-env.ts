import type { Secret } from "../secrets/secret.ts";
import type { DeploymentSpec } from "./spec.ts";

export interface Place {
  readonly service: string;
  /** Instance or job. */
  readonly id: string;
  /** A folder that survives releases, one per environment. */
  readonly dataFolder: string;
}

/** The environment variables of a process: the deployment's config, its secrets, and who and where it is. */
export function processEnvironment(
  spec: DeploymentSpec,
  secrets: ReadonlyMap<string, Secret>,
  place: Place,
): Record<string, string | Secret> {
  return {
    ...spec.config,
    ...Object.fromEntries(secrets),
    TIDEGATE_RELEASE: spec.release,
    TIDEGATE_ENVIRONMENT: spec.environment,
    TIDEGATE_SERVICE: place.service,
    TIDEGATE_INSTANCE: place.id,
    TIDEGATE_DATA_DIR: place.dataFolder,
  };
}
