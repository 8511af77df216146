import type { Graph } from "./graph.ts";

/**
 * Where a task stands:
 *
 *     waiting ──last need succeeded──▶ ready ──start──▶ running ──finish──▶ succeeded | failed
 *        │                               │
 *        └── a need failed, or cancel ───┴──▶ skipped
 */
type State = "waiting" | "ready" | "running" | "succeeded" | "failed" | "skipped";

export interface Skipped {
  readonly task: string;
  /** The need that failed, maybe far upstream; absent when the run was cancelled. */
  readonly need?: string;
}

/** Decides which task may start when. No clock, no input or output: what happens is told to it. */
export class Schedule {
  readonly #graph: Graph;
  readonly #concurrency: number;
  readonly #states = new Map<string, State>();
  readonly #missing = new Map<string, number>();
  readonly #dependants = new Map<string, string[]>();
  readonly #ready: string[] = [];
  #next = 0;
  #running = 0;
  #open: number;

  /** The graph contains every need of its tasks. `concurrency`: how many tasks may run at the same time, at least 1. */
  constructor(graph: Graph, concurrency: number) {
    this.#graph = graph;
    this.#concurrency = Math.max(1, concurrency);
    this.#open = graph.size;
    for (const { name, needs } of graph.values()) {
      this.#states.set(name, "waiting");
      this.#missing.set(name, needs.length);
      this.#dependants.set(name, []);
      for (const need of needs) this.#dependants.get(need)!.push(name);
      if (needs.length === 0) this.#makeReady(name);
    }
  }

  /** Whether nothing runs and nothing will. */
  get isDone(): boolean {
    return this.#open === 0;
  }

  /** The next task that is to start now; `undefined` when none may. In the graph's order. */
  start(): string | undefined {
    if (this.#running >= this.#concurrency) return undefined;
    const name = this.#ready[this.#next];
    if (name === undefined) return undefined;
    this.#next += 1;
    this.#running += 1;
    this.#states.set(name, "running");
    return name;
  }

  /** Takes the result of a running task; returns the tasks that will not run because it failed. */
  finish(name: string, succeeded: boolean): Skipped[] {
    if (this.#states.get(name) !== "running") throw new Error(`Task ${name} finished without having been started`);
    this.#running -= 1;
    this.#open -= 1;
    this.#states.set(name, succeeded ? "succeeded" : "failed");
    if (!succeeded) return this.#skipBehind(name);
    for (const dependant of this.#dependants.get(name)!) {
      const left = this.#missing.get(dependant)! - 1;
      this.#missing.set(dependant, left);
      if (left === 0 && this.#states.get(dependant) === "waiting") this.#makeReady(dependant);
    }
    return [];
  }

  /** Nothing more is started; returns what will not run. What runs still has to finish. */
  cancel(): Skipped[] {
    const skipped: Skipped[] = [];
    for (const name of this.#graph.keys()) if (this.#skip(name)) skipped.push({ task: name });
    this.#next = this.#ready.length;
    return skipped;
  }

  #makeReady(name: string): void {
    this.#states.set(name, "ready");
    this.#ready.push(name);
  }

  #skipBehind(failed: string): Skipped[] {
    const skipped: Skipped[] = [];
    const behind = [failed];
    for (const name of behind) {
      for (const dependant of this.#dependants.get(name)!) {
        if (!this.#skip(dependant)) continue;
        skipped.push({ task: dependant, need: failed });
        behind.push(dependant);
      }
    }
    return skipped;
  }

  #skip(name: string): boolean {
    const state = this.#states.get(name);
    if (state !== "waiting" && state !== "ready") return false;
    this.#states.set(name, "skipped");
    this.#open -= 1;
    return true;
  }
}
