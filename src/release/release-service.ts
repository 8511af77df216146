import { durationMs } from "../definition/duration.ts";
import type { Service } from "../definition/types.ts";
import type { ReleaseService } from "./manifest.ts";

/** A service of the definition as a release says it, with every default filled in. */
export function releaseService(service: Service): ReleaseService {
  return {
    run: service.run,
    files: [...new Set(service.files)].sort(),
    ...(service.health === undefined ? {} : { health: service.health }),
    healthTimeoutMs: durationMs(service.healthTimeout ?? "30s"),
    ...(service.migrate === undefined ? {} : { migrate: service.migrate }),
    route: service.route ?? "/",
    replicas: service.replicas ?? 1,
    graceMs: durationMs(service.grace ?? "10s"),
    ...(service.configFile ? { configFile: service.configFile === "only" ? "only" : "besides" } : {}),
  };
}
