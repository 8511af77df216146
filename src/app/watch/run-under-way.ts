import type { Event } from "../../events/event.ts";
import type { Graph } from "../../graph/graph.ts";
import { withDependants } from "./affected.ts";
import type { Concern } from "./sources.ts";

/** A run that a newer change may make worthless. */
export class RunUnderWay {
  readonly #graph: Graph;
  readonly #stop = new AbortController();
  /** Tasks that have looked at their inputs. */
  readonly #begun = new Set<string>();
  #run: string | undefined;

  /** `graph`: the tasks of the run. */
  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** Aborted when it is superseded. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get isSuperseded(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Its number; `undefined` before it has one. */
  get run(): string | undefined {
    return this.#run;
  }

  note(event: Event): void {
    if (event.type === "runStarted") this.#run = event.run;
    else if (event.type === "taskStarted" || event.type === "taskHit" || event.type === "taskFinished") {
      this.#begun.add(event.task);
    }
  }

  /** Whether a task that has begun would get another result now. Those that have not will look when it is their turn. */
  isTouchedBy(concerns: readonly Concern[]): boolean {
    if (concerns.some(({ shapesGraph }) => shapesGraph)) return true;
    const affected = withDependants(
      this.#graph,
      concerns.flatMap(({ readers }) => readers),
    );
    return [...affected].some((name) => this.#begun.has(name));
  }

  supersede(): void {
    this.#stop.abort();
  }
}
