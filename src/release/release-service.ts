import { durationMs } from "../definition/duration.ts";
import type { Service } from "../definition/types.ts";
import type { ReleaseManifest, ReleaseService } from "./manifest.ts";

/** The services of a definition as a release says them, with every default filled in. */
export function releaseServices(services: Readonly<Record<string, Service>>): ReleaseManifest["services"] {
  const names = new Map(Object.entries(services).map(([name, service]) => [service, name]));
  const nameOf = (needed: Service) => names.get(needed)!;
  return Object.fromEntries(Object.entries(services).map(([name, one]) => [name, releaseService(one, nameOf)]));
}

/** `nameOf`: the name of a service that it needs. */
function releaseService(service: Service, nameOf: (needed: Service) => string): ReleaseService {
  const {
    run,
    files,
    health,
    needs = [],
    migrate,
    migrateTimeout,
    host,
    writes = [],
    drainTimeout,
    configFile,
  } = service;
  return {
    run,
    files: sorted(files),
    healthTimeoutMs: durationMs(service.healthTimeout ?? "30s"),
    route: service.route ?? "/",
    replicas: service.replicas ?? 1,
    graceMs: durationMs(service.grace ?? "10s"),
    ...(health !== undefined && { health }),
    ...(migrate !== undefined && { migrate }),
    ...(migrateTimeout !== undefined && { migrateTimeoutMs: durationMs(migrateTimeout) }),
    ...(host !== undefined && { host }),
    ...(needs.length > 0 && { needs: sorted(needs.map(nameOf)) }),
    ...(writes.length > 0 && { writes: sorted(writes) }),
    ...(drainTimeout !== undefined && { drainTimeoutMs: durationMs(drainTimeout) }),
    ...(configFile && { configFile: configFile === "only" ? ("only" as const) : ("besides" as const) }),
  };
}

/** The lowest schema that can say all of it. */
export function schemaFor(services: ReleaseManifest["services"]): ReleaseManifest["schema"] {
  const isNew = ({ needs, writes, host, route, migrateTimeoutMs, drainTimeoutMs }: ReleaseService) =>
    route === "internal" ||
    [needs, writes, host, migrateTimeoutMs, drainTimeoutMs].some((field) => field !== undefined);
  return Object.values(services).some(isNew) ? 2 : 1;
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
