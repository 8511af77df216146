import { join } from "node:path";
import { externalUrlKey } from "../config/declare.ts";
import { ageMs } from "../definition/quantity.ts";
import type { BackupOptions, Environment, External, Project, Resource } from "../definition/types.ts";
import type { BackupSpec, ResourceSpec } from "../records/resource.ts";
import { kindOf, specOf } from "../resources/kinds.ts";

const defaultKeep = 5;
const defaultMaxAge = "7d";

/**
 * What an environment wants to have, in the order of the definition. `folder`: the project's, absolute; paths of the
 * definition are relative to it.
 */
export function resourceSpecs(project: Project, environment: Environment, folder: string): ResourceSpec[] {
  return Object.entries(project.resources ?? {}).map(([name, resource]) => {
    const chosen = environment.resources?.[name]?.value ?? resource;
    return chosen.kind === "external"
      ? externalSpec(name, resource, chosen, folder)
      : resourceSpec(name, chosen, folder);
  });
}

/** One of them, as it is where no environment has another one. `folder`: as above. */
export function resourceSpec(name: string, resource: Resource, folder: string): ResourceSpec {
  return specOf(name, resource, { folder, backup: (options) => backupSpec(options, folder) });
}

/** It is of the kind that the project says; somebody else looks after it. The definition's check knows which kinds can be. */
function externalSpec(name: string, resource: Resource, external: External, folder: string): ResourceSpec {
  const spec = resourceSpec(name, resource, folder);
  return kindOf(spec).externalSpec?.(spec, externalUrlKey(name, external)) ?? spec;
}

function backupSpec({ every, keep, maxAge, to }: BackupOptions = {}, folder: string): BackupSpec {
  return {
    keep: keep ?? defaultKeep,
    maxAgeMs: ageMs(maxAge ?? defaultMaxAge),
    ...(every !== undefined && { everyMs: ageMs(every) }),
    ...(to !== undefined && { to: to.startsWith("/") ? to : join(folder, to) }),
  };
}
