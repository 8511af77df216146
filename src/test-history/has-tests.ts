import type { Graph } from "../graph/graph.ts";

/** Whether a task of the graph wants its test files, or is divided: only then `expandTests` has something to do. */
export function hasTests(graph: Graph): boolean {
  for (const { task } of graph.values()) if (task.shards !== undefined || task.testFiles !== undefined) return true;
  return false;
}
