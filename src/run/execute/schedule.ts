import { GroupSlots } from "../../concurrency/group-slots.ts";
import type { ConcurrencyGroup } from "../../definition/types.ts";
import type { Graph } from "../../graph/graph.ts";

/**
 * Where a task stands:
 *
 *     waiting ──all needs there──▶ ready ──start──▶ running ──finish──▶ succeeded | failed
 *        │                          │ ▲               │
 *        │                          │ └─ a place is free ─ queued (behind a full concurrency group)
 *        └── a need failed or was skipped, or cancel ──▶ skipped
 *
 * A task that cleans up (`always`) becomes ready once everything it needs has ended in whatever way, if any of it was
 * started; neither a failure nor a cancel skips it then.
 */
type State = "waiting" | "ready" | "queued" | "running" | "succeeded" | "failed" | "skipped";

/** Why a task does not run. `need`: where it began, maybe far upstream. */
export type SkipCause =
  | { readonly cause: "needFailed" | "needSkipped"; readonly need: string }
  | { readonly cause: "cancelled" | "condition" };

export type Skipped = { readonly task: string } & SkipCause;

/** Decides which task may start when. No clock, no input or output: what happens is told to it. */
export class Schedule {
  readonly #graph: Graph;
  readonly #concurrency: number;
  readonly #states = new Map<string, State>();
  readonly #missing = new Map<string, number>();
  readonly #dependants = new Map<string, string[]>();
  readonly #slots = new GroupSlots();
  /** Tasks with a place in each of their groups. */
  readonly #entered = new Set<string>();
  readonly #ready: string[] = [];
  /** Who waited for a place goes first: it was its turn before. */
  readonly #front: string[] = [];
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
    while (this.#running < this.#concurrency) {
      const name = this.#front.shift() ?? this.#ready[this.#next++];
      if (name === undefined) {
        this.#next = this.#ready.length;
        return undefined;
      }
      if (this.#states.get(name) !== "ready") {
        // The place that it was woken for is somebody else's.
        this.#wake(this.#groupsOf(name));
        continue;
      }
      this.#running += 1;
      this.#states.set(name, "running");
      return name;
    }
    return undefined;
  }

  /**
   * A running task is about to do something that its concurrency groups limit. Returns the group that is full: then the
   * task is no longer running, and will be started again once there is a place.
   */
  enter(name: string): ConcurrencyGroup | undefined {
    const groups = this.#groupsOf(name);
    const full = this.#slots.take(name, groups);
    if (full === undefined) {
      this.#entered.add(name);
      return undefined;
    }
    this.#running -= 1;
    this.#states.set(name, "queued");
    // The places it was woken for and does not take are somebody else's.
    this.#wake(groups.filter((group) => group !== full));
    return full;
  }

  /** Takes the result of a running task; returns the tasks that will not run because it failed. */
  finish(name: string, succeeded: boolean): Skipped[] {
    if (this.#states.get(name) !== "running") throw new Error(`Task ${name} finished without having been started`);
    this.#running -= 1;
    this.#open -= 1;
    this.#states.set(name, succeeded ? "succeeded" : "failed");
    const groups = this.#groupsOf(name);
    if (this.#entered.delete(name)) this.#slots.give(groups);
    this.#wake(groups);
    const skipped: Skipped[] = [];
    this.#settle(name, succeeded ? undefined : { cause: "needFailed", need: name }, skipped);
    return skipped;
  }

  /** The task's condition does not hold; returns it and what will not run because of it. */
  exclude(name: string): Skipped[] {
    const skipped: Skipped[] = [];
    this.#skip(name, { cause: "condition" }, skipped);
    return skipped;
  }

  /** Nothing more is started but what cleans up; returns what will not run. What runs still has to finish. */
  cancel(): Skipped[] {
    const skipped: Skipped[] = [];
    for (const name of this.#graph.keys()) if (!this.#cleansUp(name)) this.#skip(name, { cause: "cancelled" }, skipped);
    return skipped;
  }

  #cleansUp(name: string): boolean {
    const { task, needs } = this.#graph.get(name)!;
    return task.always === true && needs.length > 0;
  }

  #makeReady(name: string): void {
    this.#states.set(name, "ready");
    this.#ready.push(name);
  }

  /** In each group with a free place, who waits longest may try again. */
  #wake(groups: readonly ConcurrencyGroup[]): void {
    for (const group of groups) {
      let name = this.#slots.next(group);
      while (name !== undefined && this.#states.get(name) !== "queued") name = this.#slots.next(group);
      if (name === undefined) continue;
      this.#states.set(name, "ready");
      this.#front.push(name);
    }
  }

  #groupsOf(name: string): readonly ConcurrencyGroup[] {
    return groupsOf(this.#graph.get(name)!.task.concurrency);
  }

  /** Something has ended, or will not run: what needs it may be ready now, or will not run either. */
  #settle(name: string, loss: SkipCause | undefined, skipped: Skipped[]): void {
    const settled: { readonly name: string; readonly loss: SkipCause | undefined }[] = [{ name, loss }];
    // A list that grows while it is walked is walked to its new end.
    for (const each of settled) {
      for (const dependant of this.#dependants.get(each.name)!) {
        const left = this.#missing.get(dependant)! - 1;
        this.#missing.set(dependant, left);
        if (this.#states.get(dependant) !== "waiting") continue;
        const cause = this.#cleansUp(dependant) ? this.#needlessCleanUp(dependant, left) : each.loss;
        if (cause !== undefined) {
          this.#leaveOut(dependant, cause, skipped);
          settled.push({ name: dependant, loss: lossOf(dependant, cause) });
        } else if (left === 0) this.#makeReady(dependant);
      }
    }
  }

  /** There is nothing to clean up when nothing that it needs was started. */
  #needlessCleanUp(name: string, left: number): SkipCause | undefined {
    const { needs } = this.#graph.get(name)!;
    if (left > 0 || needs.some((need) => this.#states.get(need) !== "skipped")) return undefined;
    return { cause: "needSkipped", need: needs[0]! };
  }

  #skip(name: string, cause: SkipCause, skipped: Skipped[]): void {
    const state = this.#states.get(name);
    if (state !== "waiting" && state !== "ready" && state !== "queued") return;
    this.#leaveOut(name, cause, skipped);
    this.#settle(name, lossOf(name, cause), skipped);
  }

  #leaveOut(name: string, cause: SkipCause, skipped: Skipped[]): void {
    this.#states.set(name, "skipped");
    this.#open -= 1;
    skipped.push({ task: name, ...cause });
  }
}

/** What a skipped task means for those that need it. */
function lossOf(name: string, cause: SkipCause): SkipCause {
  return cause.cause === "condition" ? { cause: "needSkipped", need: name } : cause;
}

/** The groups of a task. */
function groupsOf(
  concurrency: ConcurrencyGroup | readonly ConcurrencyGroup[] | undefined,
): readonly ConcurrencyGroup[] {
  if (concurrency === undefined) return [];
  return "kind" in concurrency ? [concurrency] : concurrency;
}
