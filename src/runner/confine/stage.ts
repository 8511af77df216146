import { randomBytes } from "node:crypto";
import { basename, join } from "node:path";
import { listOutputs } from "../../cache/outputs/list-outputs.ts";
import { moveOutputs } from "../../cache/outputs/move-outputs.ts";
import { misplacedFiles, misplacedOutputs, removeTree, wipeOutputs } from "../../cache/outputs/wipe.ts";
import type { Failure } from "../../errors/failure.ts";
import { makeFolder } from "../../files/make-folder.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { isWithin } from "../../graph/patterns/pattern.ts";
import { findProgram, programsOf } from "../../inputs/tools.ts";
import { toArgv } from "../../process/command.ts";
import type { RunContext } from "../run-context.ts";
import { outputNaming } from "./output-naming.ts";
import type { Place } from "./place.ts";
import { StageTree } from "./stage-tree.ts";
import { stageName } from "./stages.ts";

/** A staged place, and the folder around its tree, where a stronger level may put more. */
export interface Stage extends Place {
  readonly folder: string;
  close(): void;
}

/**
 * A tree of copies in the state folder: the task's inputs and the outputs of all that stands behind it, as they are now.
 * Copies share blocks with the originals where the disk can, never a file: what the task does to them stays there. `owner`: the
 * user that the command will run as, when it is another one.
 */
export async function openStage(context: RunContext, task: GraphTask, owner?: number): Promise<Stage> {
  const { projectFolder, paths } = context;
  const folder = join(paths.stages, stageName(`${context.run}.${task.name}.${randomBytes(4).toString("hex")}`));
  const root = join(folder, "tree");
  makeFolder(root);
  const tree = new StageTree(projectFolder, root, owner);
  try {
    await fill(tree, context, task);
  } catch (error) {
    removeTree(folder);
    throw error;
  }
  return {
    level: "staged",
    folder,
    root,
    programs: root,
    wrap: (argv) => argv,
    bringBack: () => bringBack(projectFolder, folder, tree, task),
    close: () => removeTree(folder),
  };
}

async function fill(tree: StageTree, context: RunContext, task: GraphTask): Promise<void> {
  const { projectFolder, inputs } = context;
  const files = inputs.gather([task]).get(task.name)?.files.values() ?? [];
  await tree.addFiles(files);
  await tree.addOutputs(listOutputs(projectFolder, inputs.outputsBehind(task)).found);
  tree.addPrograms(ownPrograms(projectFolder, task));
  tree.addFolders(task.patterns.outputs.map(({ pattern }) => pattern));
  await tree.finish();
}

/** Programs of the project that the command names: they are in the fingerprint, so that they are declared by that. */
function ownPrograms(projectFolder: string, { task }: GraphTask): string[] {
  const named = programsOf(toArgv(task.run)).filter((program) => program.includes("/"));
  const found = named.map((program) => findProgram(program, "", projectFolder));
  const own = found.filter((file) => file !== undefined && isWithin(file, projectFolder));
  return own.map((file) => file!.slice(projectFolder.length + 1));
}

/** Nothing is brought back of a task that lost something by being confined: its success says nothing. */
async function bringBack(projectFolder: string, folder: string, tree: StageTree, task: GraphTask): Promise<Failure[]> {
  const { outputs } = task.patterns;
  const outside = [...misplacedOutputs(tree.root, outputs), ...misplacedOutputs(projectFolder, outputs)];
  if (outside.length > 0) return outside;
  const [changed] = tree.changedInputs();
  if (changed !== undefined) return [inputChanged(task, changed)];
  const naming = outputNaming(tree.root, outputs, basename(folder));
  await tree.takeBack();
  wipeOutputs(projectFolder, outputs);
  const globs = outputs.filter(({ pattern }) => pattern.kind === "glob");
  const written = listOutputs(tree.root, globs).found.map(({ path }) => path);
  const misplaced = misplacedFiles(projectFolder, written);
  if (misplaced.length > 0) return misplaced;
  moveOutputs(tree.root, projectFolder, outputs);
  return naming === undefined ? [] : [outputNamesTree(task, naming)];
}

function inputChanged({ name }: GraphTask, path: string): Failure {
  return {
    code: "input-changed",
    message: `Task "${name}" changed its input ${path}, but it is confined, so the change is lost`,
    hint: 'A task that is to change sources cannot be confined: confine: "declared", cache: false',
  };
}

function outputNamesTree({ name }: GraphTask, path: string): Failure {
  return {
    code: "output-names-tree",
    message: `The output ${path} of task "${name}" contains the path of the tree that it was made in, which is gone`,
    hint: 'Make the command write relative paths; or use confine: "sealed", where the tree has the project\'s own path.',
  };
}
