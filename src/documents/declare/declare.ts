import { ageMs } from "../../definition/quantity.ts";
import type { Objectives, Project } from "../../definition/types.ts";
import { environmentOrder } from "../../environment/order.ts";
import { previewDefaults } from "../../environment/previews.ts";
import { defaultRetention } from "../../environment/retention.ts";
import type { Graph } from "../../graph/graph.ts";
import { defaultPattern } from "../../secrets/files/layout.ts";
import type { DeclaredFacts } from "../facts/declared.ts";
import { declareConfig } from "./config.ts";
import { declareEnvironment } from "./environments.ts";
import { declareResource, declareService } from "./services.ts";
import { declareTask } from "./tasks.ts";
import { declareTools } from "./tools.ts";

/** What of a definition stands in the documents. Expects one without problems, and its graph. Reads no secret. */
export async function declare(project: Project, graph: Graph): Promise<DeclaredFacts> {
  const environments = environmentOrder(project);
  const tasks = [...graph.values()];
  return {
    project: project.name,
    tools: declareTools(project, tasks),
    stages: [...new Set(tasks.map(({ stage }) => stage))],
    tasks: tasks.map(declareTask),
    services: Object.entries(project.services).map(([name, service]) => declareService(name, service, project)),
    resources: Object.entries(project.resources ?? {}).map(([name, resource]) => declareResource(name, resource)),
    config: await declareConfig(project, environments),
    environments: environments.map((name) => declareEnvironment(name, project.environments[name]!)),
    ...declarePreviews(project),
    objectives: declareObjectives(project.objectives ?? {}),
    releases: {
      keep: project.releases?.keep ?? defaultRetention.keep,
      maxAgeMs: project.releases?.maxAge === undefined ? defaultRetention.maxAgeMs : ageMs(project.releases.maxAge),
    },
    secretsPath: project.secrets?.path ?? defaultPattern,
  };
}

function declarePreviews({ previews }: Project): Pick<DeclaredFacts, "previews"> {
  if (previews === undefined) return {};
  const { from, ttl = previewDefaults.ttl, max = previewDefaults.max, data = "empty" } = previews;
  const filled = typeof data === "string" ? data : "filled by a command";
  return { previews: { key: "previews", from, ttlMs: ageMs(ttl), max, data: filled } };
}

function declareObjectives(objectives: Objectives): DeclaredFacts["objectives"] {
  const { leadTime, rollback, changeFailRate, recovery, deploymentsPerWeek } = objectives;
  return {
    ...(leadTime !== undefined && { leadTimeMs: ageMs(leadTime) }),
    ...(rollback !== undefined && { rollbackMs: secondsOrAge(rollback) }),
    ...(changeFailRate !== undefined && { changeFailRate }),
    ...(recovery !== undefined && { recoveryMs: ageMs(recovery) }),
    ...(deploymentsPerWeek !== undefined && { deploymentsPerWeek }),
  };
}

function secondsOrAge(text: NonNullable<Objectives["rollback"]>): number {
  const seconds = typeof text === "string" ? /^(\d+(?:\.\d+)?)s$/.exec(text)?.[1] : undefined;
  return seconds === undefined ? ageMs(text as Parameters<typeof ageMs>[0]) : Number(seconds) * 1000;
}
