import type { Problem } from "../../definition/problem.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Looks } from "../../files/looks.ts";
import type { PipelinePaths } from "../../files/state-folder.ts";
import type { Graph } from "../../graph/graph.ts";
import { findConflicts } from "../../graph/outputs/output-conflicts.ts";
import { projectGraph } from "../../graph/project-graph.ts";
import type { ShardPlan } from "../../test-history/shards/shard-plan.ts";
import type { Locate } from "../task-run.ts";
import { type Chosen, chooseTasks } from "./choose-tasks.ts";
import { withoutShard } from "./failed-last.ts";
import type { RunOptions } from "./run-options.ts";

/** What is to be run, before anything was touched. */
export interface RunPlan {
  /** Of the whole project. */
  readonly graph: Graph;
  readonly chosen: Chosen;
  /** Which shard each test file is in, by task. */
  readonly shards: ReadonlyMap<string, ShardPlan>;
  /** Writes down which shard each test file is in. @throws the system's error. */
  keepShards(): void;
}

export interface Planning {
  readonly projectFolder: string;
  readonly paths: PipelinePaths;
  readonly locate: Locate;
  /** Is told every place on the disk that the plan depends on. */
  readonly looks: Looks | undefined;
}

/** Builds the graph and chooses what is asked for. Fails with all that is wrong with either; writes nothing. */
export async function planRun(options: RunOptions, planning: Planning): Promise<Result<RunPlan>> {
  const { projectFolder, locate } = planning;
  const { graph, problems, packages, ...plan } = await expandedGraph(options, planning);
  const wrong = [...problems, ...findConflicts(graph)];
  if (wrong.length > 0) return failed(...(await locate(wrong)));
  const asked = options.tasks?.map((name) => (graph.has(name) ? name : withoutShard(name)));
  const chosen = await chooseTasks(graph, packages, projectFolder, { ...options, ...(asked && { tasks: asked }) });
  return chosen.ok ? ok({ graph, chosen: chosen.value, ...plan }) : chosen;
}

/** The graph with test files and shards in their places; looked for only when the definition asks for them. */
async function expandedGraph({ project, onlyFiles }: RunOptions, { projectFolder, paths, looks }: Planning) {
  const built = await projectGraph(project, projectFolder, looks);
  if (!hasTests(built.graph)) return { ...built, shards: new Map<string, ShardPlan>(), keepShards: () => undefined };
  const { expandTests, keepPlans } = await import("../../test-history/shards/expand-graph.ts");
  const only = onlyFiles && { only: onlyFiles };
  const { graph, problems, plans } = expandTests(built.graph, { projectFolder, shardsFolder: paths.shards, ...only });
  const all = [...built.problems, ...problems];
  return { ...built, graph, problems: all, shards: plans, keepShards: () => keepPlans(paths.shards, plans) };
}

/** For callers that cannot say where problems stand. */
export function withoutPlaces(problems: readonly Problem[]): Failure[] {
  return problems.map(({ code, message, cause, hint }) => ({
    code,
    message,
    ...(cause !== undefined && { cause }),
    ...(hint !== undefined && { hint }),
  }));
}

/** Whether a task of the graph wants its test files, or is divided: only then `expandTests` has something to do. */
function hasTests(graph: Graph): boolean {
  for (const { task } of graph.values()) if (task.shards !== undefined || task.testFiles !== undefined) return true;
  return false;
}
