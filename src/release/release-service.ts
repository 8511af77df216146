import { sizeBytes } from "../definition/quantity.ts";
import { resourceOutputs } from "../definition/resource-options.ts";
import type { Project, Resource, Service, ServiceLimits, Uses } from "../definition/types.ts";
import { durationMs } from "../errors/duration.ts";
import { isBuiltIn } from "../process/built-in.ts";
import type { ServiceRecord } from "../records/service.ts";
import type { ReleaseManifest, ReleaseService } from "./manifest.ts";

/**
 * The services of a definition as a release says them, with every default filled in. `node`: what the project says of its
 * Node, as a range.
 */
export function releaseServices(
  { services, resources = {} }: Pick<Project, "services" | "resources">,
  node?: string,
): ReleaseManifest["services"] {
  const named = [...Object.entries(services), ...Object.entries(resources)];
  const names = new Map<Service | Resource, string>(named.map(([name, one]) => [one, name]));
  const nameOf: NameOf = (needed) => names.get(needed)!;
  return Object.fromEntries(Object.entries(services).map(([name, one]) => [name, releaseService(one, nameOf, node)]));
}

/** The name of a service that is needed, of a resource that is used. */
type NameOf = (needed: Service | Resource) => string;

function releaseService(service: Service, nameOf: NameOf, node: string | undefined): ReleaseService {
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
    uses = {},
    limits,
    inPreviews,
    inRehearsal,
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
    ...(Object.keys(uses).length > 0 && { uses: usesOf(uses, nameOf) }),
    ...(limits !== undefined && { limits: limitsOf(limits) }),
    ...(node !== undefined && !isBuiltIn(run) && { node }),
    ...(inPreviews !== undefined && { inPreviews }),
    ...(inRehearsal !== undefined && { inRehearsal }),
    ...(configFile && { configFile: configFile === "only" ? ("only" as const) : ("besides" as const) }),
  };
}

/** The resources that a service uses, by their names. */
export function usesOf(uses: Uses, nameOf: NameOf): NonNullable<ServiceRecord["uses"]> {
  const used = Object.entries(uses).map(([variable, one]) => {
    // The definition's check has seen to it that an output is named where none is meant by itself.
    const [of, output] = one.kind === "output" ? [one.of, one.name] : [one, resourceOutputs[one.resource]![0]!];
    return [variable, { resource: nameOf(of), output }] as const;
  });
  return Object.fromEntries(used.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Limits as they are kept: bytes, and processors. */
export function limitsOf({ memory, cpu }: ServiceLimits): NonNullable<ServiceRecord["limits"]> {
  return {
    ...(memory !== undefined && { memoryBytes: Math.round(sizeBytes(memory)) }),
    ...(cpu !== undefined && { cpu }),
  };
}

/** The lowest schema that can say all of it. */
export function schemaFor(services: ReleaseManifest["services"]): ReleaseManifest["schema"] {
  if (Object.values(services).some(({ inRehearsal }) => inRehearsal !== undefined)) return 6;
  const writesFile = ({ writes = [] }: ReleaseService) => writes.some((path) => !path.endsWith("/"));
  if (Object.values(services).some(writesFile)) return 5;
  if (Object.values(services).some(({ run, node }) => isBuiltIn(run) || node !== undefined)) return 4;
  const ofSchema3 = ({ uses, limits, inPreviews }: ReleaseService) =>
    [uses, limits, inPreviews].some((field) => field !== undefined);
  if (Object.values(services).some(ofSchema3)) return 3;
  const isNew = ({ needs, writes, host, route, migrateTimeoutMs, drainTimeoutMs }: ReleaseService) =>
    route === "internal" ||
    [needs, writes, host, migrateTimeoutMs, drainTimeoutMs].some((field) => field !== undefined);
  return Object.values(services).some(isNew) ? 2 : 1;
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
