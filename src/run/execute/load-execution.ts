import type { Project } from "../../definition/types.ts";
import type { Graph } from "../../graph/graph.ts";
import type { RunContext } from "../../runner/run-context.ts";
import type { Execute } from "./execute-task.ts";
import type { ReportReader } from "./report-reader.ts";

/** Everything that is still to be loaded, at once: afterwards a task may replace the folder that Tidegate is in. */
export async function loadExecution(
  context: RunContext,
  graph: Graph,
  reports: ReportReader | undefined,
  project: Project,
): Promise<Execute> {
  const { Execute } = await import("./execute-task.ts");
  const hasServices = [...graph.values()].some(({ task }) => task.services !== undefined);
  const start = hasServices ? (await import("../../runner/services/task-services.ts")).startServices : undefined;
  return new Execute(context, reports, start, await loadRedaction(context, project), graph);
}

/** `undefined` when there is nothing to hide: no secrets in the project, no credentials in an address of the caller's. */
async function loadRedaction({ projectFolder, environment }: RunContext, project: Project) {
  if (!hasSecrets(project) && !Object.values(environment).some((value) => value?.includes("@"))) return undefined;
  const { TaskRedaction } = await import("./task-redaction.ts");
  return new TaskRedaction(project, projectFolder, environment);
}

function hasSecrets({ config, secretVariables = [] }: Project): boolean {
  if (secretVariables.length > 0) return true;
  return Object.values(config).some((one) => !("~standard" in one) && one.kind === "secret");
}

/** `undefined` when no task has reports. */
export async function loadReports(context: RunContext, graph: Graph): Promise<ReportReader | undefined> {
  const hasReports = [...graph.values()].some(({ task }) => task.reports !== undefined);
  return hasReports ? new (await import("./report-reader.ts")).ReportReader(context) : undefined;
}
