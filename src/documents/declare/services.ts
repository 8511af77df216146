import type { Project, Resource, Service } from "../../definition/types.ts";
import { runsInPreviews } from "../../environment/previews.ts";
import { resourceSpec } from "../../environment/resource-specs.ts";
import { showCommand } from "../../process/command.ts";
import { wantedVersion } from "../../resources/kinds.ts";
import type { DeclaredFacts, DeclaredService } from "../facts/declared.ts";

/** A service as the documents have it. References are told by the names that they have in the project. */
export function declareService(name: string, service: Service, project: Project): DeclaredService {
  const { run, files, health, needs = [], writes = [], migrate, replicas = 1, limits, because } = service;
  const route = service.route === false ? "none" : (service.route ?? "/");
  return {
    name,
    key: `services.${name}`,
    run: showCommand(run),
    files: [...files],
    ...(health !== undefined && { health }),
    route,
    needs: needs.map((need) => nameIn(project.services, need)),
    uses: Object.entries(service.uses ?? {}).map(([variable, used]) => ({
      variable,
      resource: nameIn(project.resources ?? {}, used.kind === "output" ? used.of : used),
    })),
    writes: [...writes],
    ...(migrate !== undefined && { migrate: showCommand(migrate) }),
    replicas,
    ...(limits?.memory !== undefined && { memory: limits.memory }),
    ...(limits?.cpu !== undefined && { cpu: limits.cpu }),
    inPreviews: runsInPreviews({ ...service, route: service.route ?? "/" }),
    ...(because !== undefined && { because }),
  };
}

/** A resource as the documents have it: as it is where no environment has another one. */
export function declareResource(name: string, resource: Resource): DeclaredFacts["resources"][number] {
  const spec = resourceSpec(name, resource, "");
  const version = wantedVersion(spec);
  const backup = "backup" in spec ? spec.backup : undefined;
  return {
    name,
    key: `resources.${name}`,
    kind: resource.resource,
    ...(version !== undefined && { version }),
    ...("dir" in spec && { dir: spec.dir }),
    ...(backup?.everyMs !== undefined && { backupEveryMs: backup.everyMs }),
    ...(backup && { keep: backup.keep, keepMs: backup.maxAgeMs }),
    ...(resource.because !== undefined && { because: resource.because }),
  };
}

function nameIn(all: Readonly<Record<string, unknown>>, one: unknown): string {
  return Object.keys(all).find((name) => all[name] === one) ?? "?";
}
