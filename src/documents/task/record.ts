import { isDeepStrictEqual } from "node:util";
import { failed, ok, type Result } from "../../errors/result.ts";
import { type JsonText, parseJsonText, valueAt, withElement, withMember } from "./json-text.ts";
import type { TaskFile } from "./task-file.ts";

/** How a task ended, and when: an ISO time. */
export interface TaskEnd {
  readonly status: "SUCCEEDED" | "FAILED";
  readonly at: string;
}

/**
 * The text of `Step.json` with the task among its `completedTasks`. One that stands there with the same end keeps its time, so that a
 * repeat changes nothing. Fails with `task-state-invalid` for a shape that is neither of the two in use.
 */
export function recordStep(text: string, task: TaskFile, end: TaskEnd, where: string): Result<string> {
  const json = parseJsonText(text, where);
  if (!json.ok) return json;
  if (!isStep(json.value)) return failed(unknownShape(where, "Step.json"));
  const tasks = valueAt(json.value, ["completedTasks"]);
  if (tasks === undefined) return ok(withMember(json.value, [], "completedTasks", [stepEntry(task, end)]));
  if (!Array.isArray(tasks)) return failed(unknownShape(where, "Step.json", "completedTasks is not a list."));
  const index = tasks.findIndex((one) => (one as { readonly taskId?: unknown } | null)?.taskId === task.id);
  if (index === -1) return ok(withElement(json.value, ["completedTasks"], tasks.length, stepEntry(task, end)));
  const { status, completedAt } = tasks[index] as { readonly status?: unknown; readonly completedAt?: unknown };
  const entry = stepEntry(task, {
    ...end,
    at: status === end.status && typeof completedAt === "string" ? completedAt : end.at,
  });
  return ok(isDeepStrictEqual(entry, tasks[index]) ? text : withElement(json.value, ["completedTasks"], index, entry));
}

/** The text of `DNA.json` with the task among its `step_definitions`; otherwise like `recordStep`. `file`: the task file's path. */
export function recordDna(text: string, task: TaskFile, end: TaskEnd, file: string, where: string): Result<string> {
  const json = parseJsonText(text, where);
  if (!json.ok) return json;
  if (!isDna(json.value)) return failed(unknownShape(where, "DNA.json"));
  const steps = valueAt(json.value, ["step_definitions"]) as Readonly<Record<string, unknown>>;
  const key = stepKey(task);
  const before = steps[key] as { readonly status?: unknown; readonly completed_at?: unknown } | undefined;
  const at = before?.status === end.status && typeof before.completed_at === "string" ? before.completed_at : end.at;
  const entry = { ...definitionLike(steps, task, file), ...before, ...dnaEnd(task, { ...end, at }) };
  return ok(isDeepStrictEqual(entry, before) ? text : withMember(json.value, ["step_definitions"], key, entry));
}

/** `P03-S09-T09-DevOps-and-Deployment-Architecture`: what files and steps of the task are called. */
export function stepKey({ id, title }: Pick<TaskFile, "id" | "title">): string {
  return `${id}-${title.replaceAll(/[^A-Za-z0-9]+/g, "-").replaceAll(/^-|-$/g, "")}`;
}

function stepEntry(task: TaskFile, { status, at }: TaskEnd) {
  return {
    taskId: task.id,
    status,
    completedAt: at,
    outcomes: outcomesOf(task, status),
    artifacts: artifactsOf(task, status),
    subtasks: task.subtasks.map(({ id, states, documents }) => ({
      subtaskId: id,
      status,
      outcomes: status === "SUCCEEDED" ? states : [],
      artifacts: artifactsOf(task, status, documents),
    })),
  };
}

function dnaEnd(task: TaskFile, { status, at }: TaskEnd) {
  return { status, completed_at: at, outcomes: outcomesOf(task, status), artifacts: artifactsOf(task, status) };
}

/** What is to be remembered, and what is so now; of a task that failed nothing is. */
function outcomesOf({ brain, subtasks }: TaskFile, status: TaskEnd["status"]): readonly string[] {
  return status === "SUCCEEDED" ? [...brain, ...subtasks.flatMap(({ states }) => states)] : [];
}

function artifactsOf({ wanted }: TaskFile, status: TaskEnd["status"], names?: readonly string[]): readonly string[] {
  if (status !== "SUCCEEDED") return [];
  return wanted.filter(({ name }) => names === undefined || names.includes(name)).map(({ path }) => path);
}

/** The fields that its neighbours have, in their order; what the task file does not say is null. */
function definitionLike(
  steps: Readonly<Record<string, unknown>>,
  task: TaskFile,
  file: string,
): Readonly<Record<string, unknown>> {
  const known: Readonly<Record<string, unknown>> = {
    agent: task.agent ?? null,
    phase: phaseOf(task),
    task_id: task.id,
    file_path: file,
    estimated_duration_minutes: null,
    previous_task: neighbour(steps, task.previous),
    next_task: neighbour(steps, task.next),
  };
  const neighbours = Object.values(steps).filter((step) => typeof step === "object" && step !== null);
  const fields =
    neighbours.length === 0
      ? Object.keys(known)
      : [...new Set(neighbours.flatMap((step) => Object.keys(step as object)))];
  const own = fields.filter((field) => !["status", "completed_at", "outcomes", "artifacts"].includes(field));
  return Object.fromEntries(own.map((field) => [field, known[field] ?? null]));
}

/** The whole name of the step where it is there; its id otherwise. */
function neighbour(steps: Readonly<Record<string, unknown>>, id: string | undefined): string | null {
  if (id === undefined) return null;
  return Object.keys(steps).find((key) => key === id || key.startsWith(`${id}-`)) ?? id;
}

/** `P03-S09-T09` → `phase_3`. */
function phaseOf({ id }: TaskFile): string | null {
  const digits = /^P(\d+)-/.exec(id)?.[1];
  return digits === undefined ? null : `phase_${Number(digits)}`;
}

/** The shape in use, and the one before it. */
function isStep(json: JsonText): boolean {
  const has = (key: string, type: string) => typeOf(valueAt(json, [key])) === type;
  const isNow = has("currentWorkflowStep", "string") && has("currentPhase", "string");
  return (
    has("systemStatus", "string") && (isNow || (has("systemConfiguration", "object") && has("metadata", "object")))
  );
}

function isDna(json: JsonText): boolean {
  const has = (key: string, type: string) => typeOf(valueAt(json, [key])) === type;
  const agents = has("agents", "object") || has("agentRegistry", "array");
  return agents && has("metadata", "object") && has("workflow_state", "object") && has("step_definitions", "object");
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function unknownShape(where: string, name: string, cause = `It has neither of the two shapes of a ${name}.`) {
  const hint = "It was left alone rather than guessed at: give it one of those shapes.";
  return { code: "task-state-invalid", message: `${where} has an unknown shape`, cause, hint } as const;
}
