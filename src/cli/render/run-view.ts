import type { Failure } from "../../errors/failure.ts";
import type {
  CacheDecision,
  ComparedWith,
  CoverageFigures,
  Event,
  PipelineEvent,
  QuarantineNotes,
  RunCounts,
  RunOutcome,
  RunReason,
  TestCounts,
} from "../../events/event.ts";
import { textWidth } from "./text-width.ts";

type Skip = Extract<Event, { type: "taskSkipped" }>["because"];

export type TaskState =
  | { readonly state: "waiting" }
  | { readonly state: "running"; readonly since: number; readonly attempt: number }
  | { readonly state: "hit"; readonly restored: number; readonly savedMs: number }
  | { readonly state: "succeeded"; readonly durationMs: number }
  | { readonly state: "failed"; readonly durationMs: number; readonly failures: readonly Failure[] }
  | { readonly state: "cancelled"; readonly durationMs: number }
  | { readonly state: "skipped"; readonly because: Skip };

/** What is known of a task so far. */
export interface TaskView {
  readonly name: string;
  readonly stage: string;
  readonly needs: readonly string[];
  state: TaskState;
  reason?: RunReason;
  cache?: CacheDecision;
  tests?: TestCounts;
  coverage?: CoverageFigures;
  quarantine?: QuarantineNotes;
  /** The last line it wrote, as it came. */
  lastLine: string;
}

const states = ["waiting", "running", "hit", "succeeded", "failed", "cancelled", "skipped"] as const;

/** What is known of a run so far: the fold of its events. */
export class RunView {
  readonly run: string;
  readonly startedAt: number;
  readonly concurrency: number;
  readonly tasks = new Map<string, TaskView>();
  /** The same by how they stand, those that came to stand so first in front: who shows a few need not look at all. */
  readonly standing: ReadonlyMap<TaskState["state"], Set<TaskView>> = new Map(
    states.map((state) => [state, new Set()]),
  );
  /** Of the longest name. */
  readonly nameWidth: number;
  readonly stages: number;
  readonly comparedWith: ComparedWith | undefined;
  finished?: { readonly outcome: RunOutcome; readonly durationMs: number; readonly counts: RunCounts };

  constructor(event: Extract<Event, { type: "runStarted" }>, at: number) {
    this.run = event.run;
    this.startedAt = at;
    this.concurrency = event.concurrency;
    this.comparedWith = event.comparedWith;
    for (const task of event.tasks) this.tasks.set(task.name, { ...task, state: { state: "waiting" }, lastLine: "" });
    for (const task of this.tasks.values()) this.standing.get("waiting")?.add(task);
    this.nameWidth = event.tasks.reduce((width, { name }) => Math.max(width, textWidth(name)), 0);
    this.stages = new Set(event.tasks.map(({ stage }) => stage)).size;
  }

  apply(event: PipelineEvent, at: number): void {
    if (event.type === "runFinished") this.finished = event;
    if (!("task" in event)) return;
    const task = this.tasks.get(event.task);
    if (task === undefined) return;
    if (event.type === "taskOutput")
      task.lastLine = event.text.split("\n").findLast((line) => line.trim() !== "") ?? task.lastLine;
    else this.#change(task, event, at);
  }

  #change(task: TaskView, event: TaskChange, at: number): void {
    const before = task.state.state;
    change(task, event, at);
    if (task.state.state === before) return;
    this.standing.get(before)?.delete(task);
    this.standing.get(task.state.state)?.add(task);
  }
}

type TaskChange = Exclude<Extract<PipelineEvent, { task: string }>, { type: "taskOutput" }>;

function change(task: TaskView, event: TaskChange, at: number): void {
  switch (event.type) {
    case "taskStarted":
      task.state = { state: "running", since: at, attempt: event.attempt };
      task.reason = event.reason;
      return;
    case "taskHit":
      task.state = { state: "hit", restored: event.restored, savedMs: event.savedMs };
      if (event.tests !== undefined) task.tests = event.tests;
      if (event.coverage !== undefined) task.coverage = event.coverage;
      return;
    case "taskFinished":
      task.state = ended(event);
      task.cache = event.cache;
      if (event.tests !== undefined) task.tests = event.tests;
      if (event.coverage !== undefined) task.coverage = event.coverage;
      if (event.quarantine !== undefined) task.quarantine = event.quarantine;
      return;
    case "taskAudited":
      return;
    case "taskSkipped":
      task.state = { state: "skipped", because: event.because };
      return;
    case "taskSelected":
    case "taskQueued":
      return;
    default:
      event satisfies never;
  }
}

function ended({ outcome, durationMs }: Extract<Event, { type: "taskFinished" }>): TaskState {
  if (outcome.outcome === "failed") return { state: "failed", durationMs, failures: outcome.failures };
  return { state: outcome.outcome, durationMs };
}
