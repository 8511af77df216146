import { realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Problem } from "../problem.ts";
import type { Project } from "../types.ts";
import { findDefinition } from "./find.ts";
import { provideOwnModules } from "./own-modules.ts";
import { hideNodeRemarks } from "./quiet.ts";

export interface LoadedProject {
  readonly project: Project;
  /** The definition, absolute, without symbolic links. */
  readonly file: string;
  /** The project's folder, absolute: the definition stands in it, or in its `.config/`. */
  readonly folder: string;
  /** The problems as failures with their places in the source, in the order of the source. */
  locate(problems: readonly Problem[]): Promise<readonly Failure[]>;
}

export interface LoadOptions {
  /** How long the definition may take, in milliseconds. Default: 10 s. */
  readonly timeLimitMs?: number;
}

/**
 * Finds the definition for a folder and builds its data by importing it, once per process: a definition that changes
 * later stays as it was. What the data says is not judged here: see `validateProject`.
 */
export async function loadProject(folder: string, options: LoadOptions = {}): Promise<Result<LoadedProject>> {
  const found = findDefinition(folder);
  if (found === undefined) return failed(noDefinition(folder));
  // A link means what Node makes of it: imports are relative to where it leads.
  const file = realpathSync(found.file);
  const { timeLimitMs = 10_000 } = options;
  try {
    const value = await importDefault(file, timeLimitMs);
    if (isProject(value)) return ok(loaded(value, file, found.folder));
    const failures = await import("./load-failure.ts");
    return failed(value === unsettled ? failures.notSettled(file, timeLimitMs) : failures.notAProject(file, value));
  } catch (error) {
    return failed(await (await import("./load-failure.ts")).loadFailure(file, error));
  }
}

/** Stands for the export of a definition that was still waiting when its time was up. */
const unsettled = Symbol("unsettled");

async function importDefault(file: string, limitMs: number): Promise<unknown> {
  const restore = [hideNodeRemarks(), provideOwnModules(file)];
  try {
    const imported: Promise<{ readonly default?: unknown }> = import(/* @vite-ignore */ pathToFileURL(file).href);
    return await withLimit(
      imported.then((module) => module.default),
      limitMs,
    );
  } finally {
    for (const undo of restore) undo();
  }
}

async function withLimit<T>(promise: Promise<T>, limitMs: number): Promise<T | typeof unsettled> {
  const { promise: late, resolve } = Promise.withResolvers<typeof unsettled>();
  const timer = setTimeout(() => resolve(unsettled), limitMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function loaded(project: Project, file: string, folder: string): LoadedProject {
  const locate = async (problems: readonly Problem[]) => {
    if (problems.length === 0) return [];
    return (await import("./locate.ts")).locateProblems(file, problems);
  };
  return { project, file, folder, locate };
}

function isProject(value: unknown): value is Project {
  return typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "project";
}

function noDefinition(folder: string): Failure {
  return {
    code: "no-definition",
    message: `There is no tidegate.config.ts in ${folder} or in any folder above it`,
    hint: "Run `tidegate init` in the project's folder to create one.",
  };
}
