import { writeFileAtomic } from "../../files/write-atomic.ts";
import { xmlText as text } from "../../reports/xml-text.ts";
import type { RunResult } from "../../run/run.ts";
import type { TaskRun } from "../../run/task-run.ts";

/** A run as a JUnit report, one test case per task, for systems that show nothing else. @throws the system's error. */
export function writeRunJunit(path: string, project: string, result: RunResult): void {
  writeFileAtomic(path, runJunit(project, result), 0o644);
}

function runJunit(project: string, { tasks }: RunResult): string {
  const entries = Object.entries(tasks);
  const failures = entries.filter(([, run]) => run.failures.length > 0).length;
  const skipped = entries.filter(([, run]) => isSkipped(run)).length;
  const totals = `tests="${entries.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
  const time = seconds(entries.reduce((sum, [, run]) => sum + durationOf(run), 0));
  const cases = entries.map(([name, run]) => testCase(name, run));
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${totals} time="${time}">
  <testsuite name="${text(project)}" ${totals} time="${time}">
${cases.join("\n")}
  </testsuite>
</testsuites>
`;
}

function testCase(name: string, run: TaskRun): string {
  const head = `    <testcase classname="${text(run.record.stage)}" name="${text(name)}" time="${seconds(durationOf(run))}"`;
  const inner = [...run.failures.map(failure), ...(isSkipped(run) ? ["      <skipped/>"] : [])];
  return inner.length === 0 ? `${head}/>` : [`${head}>`, ...inner, "    </testcase>"].join("\n");
}

function failure({ code, message, cause = "" }: TaskRun["failures"][number]): string {
  return `      <failure type="${code}" message="${text(message)}">${text(cause)}</failure>`;
}

/** A cancelled task has neither failed nor passed. */
function isSkipped({ record }: TaskRun): boolean {
  return record.result.result === "skipped" || record.result.result === "cancelled";
}

function durationOf({ record: { result } }: TaskRun): number {
  return "durationMs" in result ? result.durationMs : 0;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
