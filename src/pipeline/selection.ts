import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { type Graph, upstreamOf } from "./graph.ts";

/**
 * The named tasks and all they need, in the graph's order; everything when no name is given.
 * Fails with one `unknown-task` for each name that is not in the graph.
 */
export function selectTasks(graph: Graph, names: readonly string[]): Result<Graph> {
  if (names.length === 0) return ok(graph);
  const unknown = names.filter((name) => !graph.has(name));
  if (unknown.length > 0) return failed(...unknown.map((name) => unknownTask(name, graph)));
  const wanted = new Set(names.flatMap((name) => [name, ...upstreamOf(graph, name)]));
  return ok(new Map([...graph].filter(([name]) => wanted.has(name))));
}

function unknownTask(name: string, graph: Graph): Failure {
  const hint = graph.size === 0 ? "The pipeline is empty." : `Tasks: ${[...graph.keys()].join(", ")}`;
  return { code: "unknown-task", message: `The pipeline has no task "${name}"`, hint };
}
