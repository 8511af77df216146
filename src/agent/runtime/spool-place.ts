import { join } from "node:path";
import type { SpoolPlace } from "../../drivers/place.ts";
import type { Vault } from "./vault.ts";

/**
 * What processes write goes raw to the runtime folder, beside the key with which their secrets could be read anyway:
 * nobody who can see one of the two learns more from the other. Not to whatever memory disk there may be: those are
 * small, and a full one would end the service that writes to it.
 */
export function spoolPlace(runtime: string, vault: Vault): SpoolPlace {
  return {
    folder: spoolFolder(runtime),
    secretsOf: (environment, deployment) => {
      const secrets = vault.get(deployment, environment);
      return secrets.ok ? [...secrets.value.values()] : undefined;
    },
  };
}

export function spoolFolder(runtime: string): string {
  return join(runtime, "spool");
}
