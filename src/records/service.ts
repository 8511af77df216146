import type { ServiceRecord } from "./service-schema.ts";

export type { ServiceRecord } from "./service-schema.ts";

/** How long a migration may take that does not say: 10 minutes. */
export const defaultMigrateTimeoutMs = 600_000;

/** How long requests under way may take before their instance is stopped all the same: 30 seconds. */
export const defaultDrainTimeoutMs = 30_000;

/** The variable by which a service finds one that it needs: `api` → `API_URL`, `price-list` → `PRICE_LIST_URL`. */
export function addressVariable(service: string): string {
  return `${service.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}_URL`;
}

/** Whether other services can send it requests. */
export function listens(service: Pick<ServiceRecord, "route">): boolean {
  return service.route !== false;
}

/** Whether the environment's address leads to it. */
export function isPublic(service: Pick<ServiceRecord, "route">): boolean {
  return service.route !== false && service.route !== "internal";
}
