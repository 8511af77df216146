import { join } from "node:path";
import { externalUrlKey } from "../config/declare.ts";
import { ageMs } from "../definition/quantity.ts";
import type { BackupOptions, Environment, External, Project, Resource } from "../definition/types.ts";
import type { BackupSpec, ResourceSpec } from "../records/resource.ts";

const defaultKeep = 5;
const defaultMaxAge = "7d";

/**
 * What an environment wants to have, in the order of the definition. `folder`: the project's, absolute; paths of the
 * definition are relative to it.
 */
export function resourceSpecs(project: Project, environment: Environment, folder: string): ResourceSpec[] {
  return Object.entries(project.resources ?? {}).map(([name, resource]) => {
    const chosen = environment.resources?.[name]?.value ?? resource;
    return chosen.kind === "external" ? externalSpec(name, resource, chosen, folder) : specOf(name, chosen, folder);
  });
}

/** It is of the kind that the project says; somebody else looks after it. */
function externalSpec(name: string, resource: Resource, external: External, folder: string): ResourceSpec {
  const spec = specOf(name, resource, folder);
  return spec.resource === "postgres" ? { ...spec, external: { url: externalUrlKey(name, external) } } : spec;
}

function specOf(name: string, resource: Resource, folder: string): ResourceSpec {
  switch (resource.resource) {
    case "postgres":
      return { resource: "postgres", name, version: resource.version, backup: backupSpec(resource.backup, folder) };
    case "folder":
      return { resource: "folder", name, backup: backupSpec(resource.backup, folder) };
    case "terraform": {
      const { dir, program, variables = {} } = resource;
      return { resource: "terraform", name, dir: join(folder, dir), variables, ...(program && { program }) };
    }
    default:
      return resource satisfies never;
  }
}

function backupSpec({ every, keep, maxAge, to }: BackupOptions = {}, folder: string): BackupSpec {
  return {
    keep: keep ?? defaultKeep,
    maxAgeMs: ageMs(maxAge ?? defaultMaxAge),
    ...(every !== undefined && { everyMs: ageMs(every) }),
    ...(to !== undefined && { to: to.startsWith("/") ? to : join(folder, to) }),
  };
}
