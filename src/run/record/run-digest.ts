import type { Failure } from "../../errors/failure.ts";
import type { DigestedFailure, FailingTest, RunDigest } from "../../events/event.ts";
import { leftOut } from "../../runner/commands/telling-lines.ts";
import type { TaskRun } from "../task-run.ts";

/** In lines, when each text is one. */
const budget = { all: 40, failures: 8, tests: 10, evidence: 16, width: 300 };

/** Of each failure: its message, what helps, and where to look further. */
const linesAround = 3;
const linesAtEnd = 3;

/**
 * What failed, in at most 40 lines: every failure has its share, tests come before output. What stands in node_modules,
 * and empty lines, say nothing about the failure.
 */
export function digestRun(tasks: Readonly<Record<string, TaskRun>>): RunDigest {
  const all = Object.entries(tasks).flatMap(([name, run]) => run.failures.map((failure) => ({ name, run, failure })));
  const shown = all.slice(0, budget.failures);
  const isCut = all.length > shown.length;
  const share = Math.floor((budget.all - (isCut ? 1 : 0)) / Math.max(1, shown.length)) - linesAround;
  const failures = shown.map(({ name, run, failure }) => digested(name, run, failure, share));
  return { failures, left: all.length - shown.length };
}

function digested(task: string, { record }: TaskRun, failure: Failure, share: number): DigestedFailure {
  const failing = failure.code === "task-failed" ? (record.failing ?? []) : [];
  // A test takes a line for itself, and one for its message.
  const room = Math.min(budget.tests, Math.max(1, Math.floor((share - 1) / 2)));
  const tests = failing.slice(0, failing.length > room ? Math.max(1, room - 1) : room).map(shortTest);
  const all = Math.max(failing.length, failing.length > 0 ? (record.tests?.failed ?? 0) : 0);
  const used = tests.length * 2 + (all > tests.length ? 1 : 0);
  const lines = atMost(evidence(failure, failing.length > 0), Math.min(budget.evidence, share - used));
  return {
    task,
    code: failure.code,
    message: short(failure.message),
    tests,
    testsLeft: all - tests.length,
    lines,
    ...(failure.hint !== undefined && { hint: short(failure.hint.replaceAll("\n", " ")) }),
    ...(record.log && { log: `tidegate logs ${shellWord(task)}` }),
  };
}

/** The lines of a failure's cause that say something; after the failing tests, only what the command wrote last. */
function evidence({ cause = "" }: Failure, hasTests: boolean): string[] {
  const output = hasTests ? cause.slice(cause.indexOf("\n\n") + 1 || cause.length) : cause;
  const lines = output.split("\n").map((line) => short(line.trimEnd()));
  return lines.filter((line) => line.trim() !== "" && !/\bnode_modules\/|\(node:|\bat node:/.test(line));
}

/** The first error and the very end, where that is known; else the end. */
function atMost(lines: readonly string[], most: number): readonly string[] {
  if (most <= 0) return [];
  if (lines.length <= most) return lines;
  const gap = lines.indexOf(leftOut);
  if (gap === -1 || most < 4) return lines.slice(-most);
  const end = lines.slice(gap + 1).slice(-Math.min(linesAtEnd, most - 3));
  return [...lines.slice(0, Math.min(gap, most - end.length - 1)), leftOut, ...end];
}

function shortTest({ name, message, ...place }: FailingTest): FailingTest {
  return { name: short(name), message: short(message.split("\n", 1)[0] ?? ""), ...place };
}

/** Names of shards have brackets, which some shells take for patterns. */
function shellWord(name: string): string {
  return /^[\w.@:+,/-]+$/.test(name) ? name : `'${name}'`;
}

function short(text: string): string {
  return text.length > budget.width ? `${text.slice(0, budget.width)}…` : text;
}
