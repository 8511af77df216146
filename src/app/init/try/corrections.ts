import type { Draft, ServiceDraft, TaskDraft } from "../draft.ts";

/** A line of the definition that would be right. */
export interface Correction {
  /** Of what: a task or a service. */
  readonly of: "task" | "service";
  readonly name: string;
  /** To be put in place of the line that is there: `outputs: ["_site/"],`. A comment where no line helps. */
  readonly line: string;
  /** What was seen. */
  readonly because: string;
}

/** The draft with what lines can say; what stands in packages, and comments, are left to people. */
export function corrected(draft: Draft, corrections: readonly Correction[]): Draft {
  const linesFor = (of: Correction["of"], name: string) =>
    corrections.filter((each) => each.of === of && each.name === name);
  return {
    ...draft,
    tasks: draft.tasks.map((task) => linesFor("task", task.name).reduce(correctTask, task)),
    services: draft.services.map((service) => linesFor("service", service.name).reduce(correctService, service)),
  };
}

function correctTask(task: TaskDraft, { line, because }: Correction): TaskDraft {
  if (line === "cache: false,") return { ...task, uncached: because };
  const [, key, list = ""] = /^(inputs|localInputs|outputs|needs): \[(.*)\],$/.exec(line) ?? [];
  if (key === undefined) return task;
  if (key === "needs") return { ...task, needs: list.split(", ") };
  const { uncached: _, ...cached } = task;
  // Without outputs it could not be cached; now it can.
  const isNowWhole = key === "outputs" && task.inputs !== undefined && /`outputs`/.test(task.uncached ?? "");
  return { ...(isNowWhole ? cached : task), [key]: JSON.parse(`[${list}]`) };
}

function correctService(service: ServiceDraft, { line }: Correction): ServiceDraft {
  const health = /^health: "([^"]*)",$/.exec(line)?.[1];
  const run = /^run: (".*"),$/.exec(line)?.[1];
  if (run !== undefined && "run" in service) return { ...service, run: JSON.parse(run) };
  return health === undefined ? service : { ...service, health };
}
