import type { Problem } from "../problem.ts";
import type { Project } from "../types.ts";
import { accessProblems } from "./access.ts";
import { alertProblems } from "./alerts.ts";
import { configDeclarationProblems } from "./config.ts";
import { environmentProblems } from "./environments.ts";
import { groupProblems } from "./groups.ts";
import { isHostLabel, isObject } from "./leaves.ts";
import { cacheProblems, releaseLimitProblems } from "./limits.ts";
import { packageTaskProblems } from "./package-tasks.ts";
import { objectiveProblems, previewProblems } from "./previews.ts";
import { resourceProblems } from "./resources.ts";
import { secretFilesProblems } from "./secrets.ts";
import { serviceProblems } from "./services.ts";
import { optional, shape, shapeProblems, value } from "./shape.ts";
import { taskProblems } from "./tasks.ts";

const projectShape = shape({
  kind: value((input) => input === "project", "made by defineProject(…)"),
  name: value(isHostLabel, "lower-case letters, digits and dashes, beginning with a letter"),
  pipeline: value(isObject, "an object with tasks"),
  packages: optional(value(() => true, "made by workspace(…)")),
  cache: optional(value(isObject, "an object with maxSize and maxAge")),
  releases: optional(value(isObject, "an object with keep and maxAge")),
  services: value(isObject, "an object with services"),
  resources: optional(value(isObject, "an object with resources")),
  config: value(isObject, "an object with config keys"),
  secrets: optional(value(isObject, "an object with path")),
  environments: value(isObject, "an object with environments"),
  previews: optional(value(isObject, "an object with from, ttl, max and data")),
  access: optional(value(isObject, "an object with approvers, operators and groups")),
  objectives: optional(value(isObject, "an object with the project's objectives")),
  alerts: optional(value(Array.isArray, "a list of webhook(…) and command(…)")),
  heartbeat: optional(value(isObject, "an object with url and every")),
});

/**
 * Everything that is wrong with the definition's data as far as it can be told from the data alone: what the types
 * say, for those who don't compile it, and what types cannot say. All at once, in the order of the parts.
 */
export function validateProject(project: Project): Problem[] {
  const { pipeline, packages, cache, releases, services, resources, config, secrets, environments } = project;
  return [
    ...shapeProblems(projectShape, project, [], "The project"),
    ...taskProblems(pipeline),
    ...packageTaskProblems(packages, pipeline),
    ...groupProblems(pipeline, packages),
    ...cacheProblems(cache),
    ...releaseLimitProblems(releases),
    ...serviceProblems(services, { config, resources }),
    ...resourceProblems(resources),
    ...configDeclarationProblems(config),
    ...secretFilesProblems(secrets),
    ...environmentProblems(environments, services, resources),
    ...previewProblems(project.previews, environments),
    ...accessProblems(project),
    ...objectiveProblems(project.objectives),
    ...alertProblems(project),
  ];
}
