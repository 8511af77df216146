import { join } from "node:path";
import type { Problem } from "../definition/problem.ts";
import type { Matrix, Project, Task } from "../definition/types.ts";
import { lstatIfThere } from "../files/lstat-if-there.ts";
import { mayMeet } from "../graph/outputs/output-set.ts";
import { type Pattern, parsePattern } from "../graph/patterns/pattern.ts";

/**
 * Service files that no release can ever contain: not there, and no task of the pipeline writes them. Told before the
 * pipeline runs in vain. What the tasks of a workspace write is not known here, so with one nothing is said.
 */
export function checkServiceFiles(project: Project, folder: string): Problem[] {
  if (project.packages !== undefined) return [];
  const written = Object.values(project.pipeline).flatMap((task) => outputsOf(task));
  return Object.entries(project.services).flatMap(([name, { files }]) =>
    files.flatMap((text, index) => {
      const parsed = parsePattern(text);
      if (!parsed.ok || parsed.pattern.excluded) return [];
      const { pattern } = parsed;
      const isPossible = isThere(folder, pattern) || written.some((output) => mayMeet(output, pattern));
      return isPossible ? [] : [missing(name, text, index)];
    }),
  );
}

function outputsOf(task: Task | Matrix): Pattern[] {
  if (task.kind === "matrix") return task.cells.flatMap((cell) => outputsOf(cell.task));
  return (task.outputs ?? []).flatMap((text) => {
    const parsed = parsePattern(text);
    return parsed.ok ? [parsed.pattern] : [];
  });
}

function isThere(folder: string, { base }: Pattern): boolean {
  return lstatIfThere(join(folder, base)) !== undefined;
}

function missing(service: string, text: string, index: number): Problem {
  const message = `Service "${service}": "${text}" does not exist, and no task writes it`;
  const hint = "Correct it, or declare it as an output of the task that makes it: outputs: […].";
  return { code: "release-file-missing", path: ["services", service, "files", index], message, hint };
}
