import type { TaskRecord } from "../../cache/runs/run-record.ts";
import type { PlannedTask, RunCounts } from "../../events/event.ts";
import type { Graph } from "../../graph/graph.ts";
import type { TaskRun } from "../task-run.ts";

/** The tasks of a run as its first event names them. */
export function plannedTasks(graph: Graph): PlannedTask[] {
  return [...graph.values()].map(({ name, stage, needs }) => ({ name, stage, needs }));
}

/** The record of tasks of which nothing is known yet. */
export function openTasks(graph: Graph): Record<string, TaskRecord> {
  const open = { result: { result: "open" } } as const;
  return Object.fromEntries([...graph.values()].map(({ name, stage, needs }) => [name, { stage, needs, ...open }]));
}

/** What became of each task, in the graph's order. */
export function inOrder(graph: Graph, runs: ReadonlyMap<string, TaskRun>): Record<string, TaskRun> {
  return Object.fromEntries([...graph.keys()].map((name) => [name, runs.get(name)!]));
}

export function recordsOf(tasks: Readonly<Record<string, TaskRun>>): Record<string, TaskRecord> {
  return Object.fromEntries(Object.entries(tasks).map(([name, { record }]) => [name, record]));
}

/** `ran` counts the failed ones too. */
export function countsOf(tasks: Readonly<Record<string, TaskRun>>): RunCounts {
  const results = Object.values(tasks).map(({ record }) => record.result.result);
  const count = (wanted: string) => results.filter((result) => result === wanted).length;
  const failures = count("failed");
  const ran = failures + count("succeeded") + count("cancelled");
  const allowed = Object.values(tasks).filter(({ record }) => "allowed" in record.result).length;
  const counts = { hits: count("hit"), ran, failed: failures, skipped: count("skipped") };
  return allowed === 0 ? counts : { ...counts, allowed };
}
