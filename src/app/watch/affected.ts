import type { Graph } from "../../graph/graph.ts";

/** These tasks and all that need them, directly or through others. Names that are not in the graph are left out. */
export function withDependants(graph: Graph, names: Iterable<string>): Set<string> {
  const wanted = new Set(names);
  const affected = new Set<string>();
  // The graph's order: what is needed stands before what needs it.
  for (const { name, needs } of graph.values()) {
    if (wanted.has(name) || needs.some((need) => affected.has(need))) affected.add(name);
  }
  return affected;
}
