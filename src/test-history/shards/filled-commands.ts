import type { Command } from "../../definition/types.ts";
import type { GraphTask } from "../../graph/graph.ts";
import type { Step, TaskPackage } from "../../graph/named-task.ts";
import { commandOf, type Steps } from "../../graph/workspace/steps.ts";
import { fillCommand, fillScript, type Numbers } from "./fill.ts";

/** What a task runs; in a package it is the steps that are run. */
export interface Commands {
  readonly run: Command;
  readonly package?: TaskPackage;
}

/** A task's commands with its test files (relative to the project) and numbers in their places. */
export function filledCommands(
  { task, package: of }: GraphTask,
  files: readonly string[] | undefined,
  numbers: Numbers,
): Commands {
  if (of === undefined) return { run: fillCommand(task.run, files, numbers) };
  const own = files?.map((file) => (of.folder === "" ? file : file.slice(of.folder.length + 1)));
  const steps = of.steps.map((step) => ({ ...step, run: filledStep(step, own, numbers) })) as unknown as Steps;
  return { run: commandOf(steps), package: { ...of, steps } };
}

function filledStep({ run, script, isMain }: Step, files: readonly string[] | undefined, numbers: Numbers): Command {
  if (script === undefined || typeof run !== "string") return fillCommand(run, files, numbers);
  return isMain ? fillScript(run, files, numbers) : fillCommand(run, undefined, numbers);
}
