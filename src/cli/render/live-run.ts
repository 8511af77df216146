import { count, showDuration } from "../../errors/quantities.ts";
import { unreachable } from "../../errors/unreachable.ts";
import { marks, spinner } from "./marks.ts";
import { type Piece, piece, type Row } from "./row.ts";
import type { RunView, TaskView } from "./run-view.ts";
import { safeLine } from "./safe-text.ts";
import { padTo } from "./text-width.ts";
import { showHit, showReason, showSkip, showTests } from "./words/pipeline.ts";

const turnMs = 100;

/** The moving piece at a time. */
export function turning(now: number): Piece {
  return piece(spinner[Math.floor(now / turnMs) % spinner.length]!, "active");
}

/**
 * A run under way in at most `height` lines: stages and their tasks; what does not fit is counted. A frame costs what it
 * shows, not what there is.
 */
export function runRows(view: RunView, now: number, height: number): Row[] {
  const { nameWidth, tasks } = view;
  const sizeOf = (state: TaskView["state"]["state"]) => view.standing.get(state)?.size ?? 0;
  const done = tasks.size - sizeOf("waiting") - sizeOf("running");
  const title: Row = [
    turning(now),
    piece(` run ${view.run}`, "strong"),
    piece(`  ${done}/${tasks.size} tasks  ${showDuration(now - view.startedAt)}`, "faint"),
  ];
  if (tasks.size + view.stages >= height) return [title, ...mostRelevant(view, now, height - 2)];
  const rows = inStages([...tasks.values()]).flatMap(([stage, members]) => [
    [piece(`  ${stage}`, "faint")],
    ...members.map((task) => taskRow(task, nameWidth, now)),
  ]);
  return [title, ...rows];
}

/** Stages in the order in which they first appear. */
function inStages(tasks: readonly TaskView[]): [string, TaskView[]][] {
  const stages = new Map<string, TaskView[]>();
  for (const task of tasks) stages.set(task.stage, [...(stages.get(task.stage) ?? []), task]);
  return [...stages];
}

const relevance = ["running", "failed", "cancelled", "waiting", "skipped", "succeeded", "hit"] as const;

function mostRelevant({ standing, tasks, nameWidth }: RunView, now: number, height: number): Row[] {
  const shown: TaskView[] = [];
  const left: string[] = [];
  for (const state of relevance) {
    const those = standing.get(state) ?? new Set();
    const room = Math.max(0, height - shown.length);
    shown.push(...firstOf(those, room));
    if (those.size > room) left.push(`${those.size - room} ${state}`);
  }
  return [
    ...shown.map((task) => taskRow(task, nameWidth, now)),
    [piece(`    and ${count(tasks.size - shown.length, "task")}: ${left.join(", ")}`, "faint")],
  ];
}

function firstOf<T>(set: ReadonlySet<T>, limit: number): T[] {
  const first: T[] = [];
  for (const one of set) {
    if (first.length >= limit) break;
    first.push(one);
  }
  return first;
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
