import type { Project } from "../../definition/types.ts";
import type { Graph } from "../../graph/graph.ts";
import type { RunResult } from "../../run/run.ts";
import type { EarlierSuccess } from "../../run/task-run.ts";
import { withDependants } from "./affected.ts";
import type { Concern } from "./sources.ts";
import { readsUnknown } from "./sources.ts";

/**
 * Successes of tasks that say what they read but are never cached (`cache: false`): they hold, for as long as the
 * watching goes on, until something that they read changes. Cached tasks are not here: they are asked for each time.
 */
export class UncachedSuccesses {
  readonly #known = new Map<string, EarlierSuccess>();
  #project: Project | undefined;

  get known(): ReadonlyMap<string, EarlierSuccess> {
    return this.#known;
  }

  /** Files have changed, or the definition may have. */
  forget(graph: Graph, project: Project | undefined, concerns: readonly Concern[]): void {
    const isOther =
      project === undefined || project !== this.#project || concerns.some(({ shapesGraph }) => shapesGraph);
    if (isOther) this.#known.clear();
    this.#project = project;
    const readers = concerns.flatMap((concern) => concern.readers);
    for (const name of withDependants(graph, readers)) this.#known.delete(name);
  }

  /** A run has ended, be it that it was cancelled. */
  keep(graph: Graph, { run, tasks }: RunResult): void {
    for (const [name, { record, outputs }] of Object.entries(tasks)) {
      const task = graph.get(name);
      const { result } = record.result;
      if (result === "skipped") continue;
      const holds = result === "succeeded" && task?.task.cache === false && !readsUnknown(task);
      if (holds) this.#known.set(name, { run, ...(outputs && { outputs }) });
      else this.#known.delete(name);
    }
  }
}
