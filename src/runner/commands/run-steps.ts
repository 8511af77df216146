import { join } from "node:path";
import type { GraphTask } from "../../graph/graph.ts";
import type { Step } from "../../graph/named-task.ts";
import { packageSearchPath } from "../../graph/workspace/search-path.ts";
import { findProgram } from "../../inputs/tools.ts";
import { type Argv, toArgv } from "../../process/command.ts";
import type { Place } from "../confine/place.ts";
import { type ScriptToolFinder, scriptVariables } from "../script-variables.ts";
import type { CommandEnd } from "./run-command.ts";

/** One command as it is to be spawned. */
export interface Prepared {
  readonly argv: Argv;
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
}

export type StepsEnd = CommandEnd | { readonly how: "noProgram"; readonly program: string };

/**
 * Runs a task's commands one after the other, until one does not end well; a script's `pre` and `post` are commands of
 * their own, as they are for npm. `variables`: of the task. `run` spawns one and waits for it.
 */
export async function runSteps(
  place: Place,
  task: GraphTask,
  variables: Readonly<Record<string, string>>,
  tools: ScriptToolFinder,
  run: (prepared: Prepared) => Promise<CommandEnd>,
): Promise<StepsEnd> {
  const steps: readonly Step[] = task.package?.steps ?? [{ run: task.task.run }];
  let end: StepsEnd = { how: "exited", code: 0 };
  for (const step of steps) {
    const prepared = prepare(place, task, variables, tools, step);
    end = "how" in prepared ? prepared : await run(prepared);
    if (end.how !== "exited" || end.code !== 0) return end;
  }
  return end;
}

function prepare(
  place: Place,
  task: GraphTask,
  variables: Readonly<Record<string, string>>,
  tools: ScriptToolFinder,
  step: Step,
): Prepared | Extract<StepsEnd, { how: "noProgram" }> {
  const { package: of } = task;
  const inPackage = of && {
    ...scriptVariables(place.root, of, step, tools.find(place.root, variables.PATH ?? "")),
    PATH: packagePath(place, of, variables),
  };
  const all = { ...variables, ...inPackage };
  const argv = toArgv(step.run);
  const folder = join(place.root, of?.folder ?? "");
  if (place.programs === undefined) return { argv: within(argv, of?.folder ?? ""), folder: place.root, variables: all };
  const program = findProgram(argv.file, all.PATH ?? "", join(place.programs, of?.folder ?? ""));
  if (program === undefined) return { how: "noProgram", program: argv.file };
  return { argv: { file: program, args: argv.args }, folder, variables: all };
}

function packagePath(
  place: Place,
  { folder }: { readonly folder: string },
  { PATH = "" }: Readonly<Record<string, string>>,
) {
  return packageSearchPath(place.root, folder, PATH);
}

/** A command in a package's folder: a place that is not there yet can only be entered from within. */
export function within({ file, args }: Argv, folder: string): Argv {
  if (folder === "") return { file, args };
  return { file: "/bin/sh", args: ["-c", 'cd "$1" && shift && exec "$@"', "sh", folder, file, ...args] };
}
