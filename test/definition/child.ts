// Loads definitions as the command line does, in a Node of its own: Vitest would load them through Vite.

import { validateProject } from "../../src/definition/check/validate.ts";
import { checkTypes } from "../../src/definition/compile/types-check.ts";
import { loadProject } from "../../src/definition/load/load.ts";
import type { Problem } from "../../src/definition/problem.ts";
import type { Failure } from "../../src/errors/failure.ts";

export interface Request {
  readonly folder: string;
  readonly timeLimitMs?: number;
  readonly types?: boolean;
  /** To locate in place of what validation finds. */
  readonly problems?: readonly Problem[];
}

export interface Response {
  readonly file?: string;
  readonly folder?: string;
  readonly name?: string;
  readonly failures: readonly Failure[];
  readonly types?: unknown;
  readonly warnings: readonly string[];
}

const warnings: string[] = [];
process.on("warning", (warning) => warnings.push(warning.message));
process.on("message", async (request: Request) => process.send!(await answer(request)));

async function answer({ folder, types, problems, ...options }: Request): Promise<Response> {
  warnings.length = 0;
  const result = await loadProject(folder, options);
  if (!result.ok) return { failures: result.failures, warnings };
  const { project, file } = result.value;
  const failures = await result.value.locate(problems ?? validateProject(project));
  const checked = types ? await checkTypes(result.value) : undefined;
  // Warnings are emitted on the next turn.
  await new Promise(setImmediate);
  return { file, folder: result.value.folder, name: project.name, failures, types: checked, warnings };
}
