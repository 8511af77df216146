import { count, showDuration } from "../../errors/quantities.ts";
import { unreachable } from "../../errors/unreachable.ts";
import { marks, spinner } from "./marks.ts";
import { type Piece, piece, type Row } from "./row.ts";
import type { RunView, TaskView } from "./run-view.ts";
import { safeLine } from "./safe-text.ts";
import { padTo, textWidth } from "./text-width.ts";
import { showHit, showReason, showSkip, showTests } from "./words/pipeline.ts";

const turnMs = 100;

/** The moving piece at a time. */
export function turning(now: number): Piece {
  return piece(spinner[Math.floor(now / turnMs) % spinner.length]!, "active");
}

/** A run under way in at most `height` lines: stages and their tasks; what does not fit is counted. */
export function runRows(view: RunView, now: number, height: number): Row[] {
  const tasks = [...view.tasks.values()];
  const done = tasks.filter((task) => task.state.state !== "waiting" && task.state.state !== "running").length;
  const title: Row = [
    turning(now),
    piece(` run ${view.run}`, "strong"),
    piece(`  ${done}/${tasks.length} tasks  ${showDuration(now - view.startedAt)}`, "faint"),
  ];
  const nameWidth = Math.max(0, ...tasks.map((task) => textWidth(task.name)));
  const all = inStages(tasks).flatMap(([stage, members]) => [
    [piece(`  ${stage}`, "faint")],
    ...members.map((task) => taskRow(task, nameWidth, now)),
  ]);
  if (all.length < height) return [title, ...all];
  return [title, ...mostRelevant(tasks, nameWidth, now, height - 2)];
}

/** Stages in the order in which they first appear. */
function inStages(tasks: readonly TaskView[]): [string, TaskView[]][] {
  const stages = new Map<string, TaskView[]>();
  for (const task of tasks) stages.set(task.stage, [...(stages.get(task.stage) ?? []), task]);
  return [...stages];
}

const relevance = ["running", "failed", "cancelled", "waiting", "skipped", "succeeded", "hit"] as const;

function mostRelevant(tasks: readonly TaskView[], nameWidth: number, now: number, height: number): Row[] {
  const rank = (task: TaskView) => relevance.indexOf(task.state.state);
  const sorted = tasks.toSorted((a, b) => rank(a) - rank(b));
  const left = sorted.slice(Math.max(0, height));
  const states = relevance.flatMap((state) => {
    const number = left.filter((task) => task.state.state === state).length;
    return number === 0 ? [] : [`${number} ${state}`];
  });
  return [
    ...sorted.slice(0, Math.max(0, height)).map((task) => taskRow(task, nameWidth, now)),
    [piece(`    and ${count(left.length, "task")}: ${states.join(", ")}`, "faint")],
  ];
}

function taskRow(task: TaskView, nameWidth: number, now: number): Row {
  return [piece("    "), ...taskPieces(task, piece(` ${padTo(task.name, nameWidth)}  `), now)];
}

function taskPieces(task: TaskView, name: Piece, now: number): Piece[] {
  const { state } = task;
  switch (state.state) {
    case "waiting":
      return [
        piece(marks.waiting, "faint"),
        name,
        piece(task.needs.length === 0 ? "" : `after ${task.needs.join(", ")}`, "faint"),
      ];
    case "running":
      return [
        turning(now),
        name,
        piece(time(now - state.since)),
        ...attempt(state.attempt),
        piece(activity(task), "faint"),
      ];
    case "hit":
      return [
        piece(marks.hit, "active"),
        name,
        piece(time("hit")),
        piece(showHit(state.restored, state.savedMs), "faint"),
      ];
    case "succeeded":
      return [piece(marks.done, "good"), name, piece(time(state.durationMs)), piece(tests(task), "faint")];
    case "failed":
      return [piece(marks.failed, "bad"), name, piece(time(state.durationMs)), piece(messageOf(state.failures), "bad")];
    case "cancelled":
      return [piece(marks.skipped, "warn"), name, piece(time(state.durationMs)), piece("cancelled", "faint")];
    case "skipped":
      return [piece(marks.skipped, "warn"), name, piece(time("skipped")), piece(showSkip(state.because), "faint")];
    default:
      return unreachable(state);
  }
}

/** A column for a length of time, or a word in its place. */
function time(value: number | "hit" | "skipped"): string {
  return `${typeof value === "number" ? showDuration(value) : value}`.padEnd(9);
}

function attempt(number: number): Piece[] {
  return number > 1 ? [piece(`attempt ${number}  `, "warn")] : [];
}

/** The last line a task wrote; before the first, why it runs. */
function activity(task: TaskView): string {
  const line = safeLine(task.lastLine).trim();
  return line !== "" || task.reason === undefined ? line : showReason(task.reason);
}

function tests(task: TaskView): string {
  return task.tests === undefined ? "" : showTests(task.tests);
}

function messageOf(failures: readonly { readonly message: string }[]): string {
  return safeLine(failures[0]?.message ?? "");
}
