import type { CoverageMinimum, Task, TaskReports } from "../../definition/types.ts";
import { durationMs } from "../../errors/duration.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { showCommand } from "../../process/command.ts";
import type { DeclaredTask } from "../facts/declared.ts";
import { keyOf } from "./key.ts";

const defaultTimeoutMs = 15 * 60_000;

/** A task of the graph as the documents have it, every default filled in. */
export function declareTask({ name, task, stage, needs, path, package: of }: GraphTask): DeclaredTask {
  const run = of === undefined ? showCommand(task.run) : of.steps.map((step) => showCommand(step.run)).join(" && ");
  return {
    name,
    key: keyOf(path),
    stage,
    run,
    needs: [...needs],
    inputs: [...(task.inputs ?? [])],
    outputs: [...(task.outputs ?? [])],
    env: [...(task.env ?? [])],
    services: Object.keys(task.services ?? {}),
    isCached: task.cache ?? task.inputs !== undefined,
    confine: task.confine ?? "declared",
    timeoutMs: task.timeout === undefined ? defaultTimeoutMs : durationMs(task.timeout),
    retries: typeof task.retry === "object" ? task.retry.times : (task.retry ?? 0),
    reports: reportsOf(task.reports),
    quarantine: (task.quarantine ?? []).map(({ test, owner, until, reason }) => ({ test, owner, until, reason })),
    ...marksOf(task),
  };
}

function marksOf(task: Task): Partial<DeclaredTask> {
  const minimum = task.reports?.coverage?.minimum;
  return {
    ...(task.network && { network: true }),
    ...(minimum !== undefined && { minimum: showMinimum(minimum) }),
    ...(task.shards !== undefined && { shards: task.shards }),
    ...(task.allowFailure && { mayFail: true }),
    ...(task.when !== undefined && { isConditional: true }),
    ...(task.always && { cleansUp: true }),
    ...(task.because !== undefined && { because: task.because }),
  };
}

function reportsOf({ junit, tap, coverage }: TaskReports = {}): string[] {
  return [
    ...(junit === undefined ? [] : ["JUnit"]),
    ...(tap === undefined ? [] : ["TAP"]),
    ...(coverage === undefined ? [] : [coverage.lcov === undefined ? "Cobertura" : "lcov"]),
  ];
}

function showMinimum(minimum: CoverageMinimum): string {
  if (typeof minimum === "number") return `${minimum} % of lines`;
  const parts = Object.entries(minimum).flatMap(([what, percent]) =>
    percent === undefined ? [] : [`${percent} % of ${what}`],
  );
  return parts.join(", ");
}
