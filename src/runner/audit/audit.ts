import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { removeTree } from "../../cache/outputs/wipe.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { askGit, namesIn, type Variables } from "../../git/ask-git.ts";
import { isWithoutRepository } from "../../git/git-commit.ts";
import { ignoredPaths } from "../../git/ignored-paths.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { findProgram } from "../../inputs/tools.ts";
import type { Place } from "../confine/place.ts";
import { stageName } from "../confine/stages.ts";
import { isSystemPath } from "../confine/view.ts";
import type { RunContext } from "../run-context.ts";
import { type AuditScope, undeclared } from "./findings.ts";
import { type GitNames, linesToAdd } from "./lines-to-add.ts";
import { parseTrace, tracedCalls } from "./trace.ts";

/**
 * The project itself, with every process of the task watched by strace. When the command has ended, what it did beyond
 * its definition is told as `taskAudited`. Fails with `audit-unavailable` where nothing can be watched.
 */
export function openAudit(context: RunContext, task: GraphTask): Result<Place> {
  const searchPath = context.environment.PATH ?? "/usr/bin:/bin";
  const problem = auditProblem(searchPath, context.projectFolder);
  if (problem !== undefined) return failed(problem);
  const strace = findProgram("strace", searchPath, context.projectFolder);
  const folder = join(context.paths.stages, stageName(`${context.run}.${task.name}.audit`));
  makeFolder(folder);
  const options = [
    "-ff",
    "-ttt",
    "-qqq",
    "-y",
    "--seccomp-bpf",
    "-e",
    `trace=${tracedCalls.join(",")}`,
    "-o",
    join(folder, "trace"),
  ];
  return ok({
    level: "declared",
    root: context.projectFolder,
    programs: context.projectFolder,
    wrap: ({ file, args }) => ({ file: strace!, args: [...options, "--", file, ...args] }),
    bringBack: async () => {
      await tell(context, task, folder);
      return [];
    },
    close: () => removeTree(folder),
  });
}

/** Why nothing can be watched here; `undefined`: it can. */
export function auditProblem(searchPath: string, projectFolder: string): Failure | undefined {
  const strace = findProgram("strace", searchPath, projectFolder);
  return strace === undefined ? notInstalled() : tryOut(strace);
}

async function tell(context: RunContext, task: GraphTask, folder: string): Promise<void> {
  const projectFolder = realpathSync.native(context.projectFolder);
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  const scope = scopeOf({ ...context, projectFolder }, task);
  const found = undeclared(scope, parseTrace(texts, projectFolder));
  const add = linesToAdd(scope, found, await gitNames(scope, found.reads, context.environment));
  context.emit({ type: "taskAudited", task: task.name, ...found, add });
}

/** Of what was read, and of all that is in the folders that were. */
async function gitNames(scope: AuditScope, reads: readonly string[], variables: Variables): Promise<GitNames> {
  const { projectFolder } = scope;
  const around = reads.flatMap((path) => scope.filesIn(path.endsWith("/") ? path.slice(0, -1) : dirname(path)) ?? []);
  const ignored = await ignoredPaths(projectFolder, new Set([...reads, ...around]), variables);
  const listed = await askGit(projectFolder, ["ls-files", "-z"], { variables });
  const tracked = new Set(listed.ok ? namesIn(listed.output) : []);
  const unlisted = listed.ok || isWithoutRepository(projectFolder, listed) ? undefined : listed;
  const silent = ignored.ok ? unlisted : ignored.answer;
  return {
    ...(silent && { silentBecause: silent.sentence }),
    isIgnored: (path) => ignored.ok && ignored.ignored.has(path),
    isTracked: (path) => tracked.has(path),
  };
}

/** `undefined`: there is no such folder, or it may not be read. */
function filesIn(projectFolder: string, folder: string): string[] | undefined {
  try {
    const entries = readdirSync(join(projectFolder, folder), { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => join(folder, name));
  } catch {
    return undefined;
  }
}

function scopeOf({ inputs, projectFolder, environment }: RunContext, task: GraphTask): AuditScope {
  const files = inputs.gather([task]).get(task.name)?.files.keys() ?? [];
  const found = [...files].flatMap((path) => [path, realPath(projectFolder, path)]);
  return {
    projectFolder,
    task,
    inputs: new Set(found),
    outputsBehind: inputs.outputsBehind(task),
    ownerOf: (path) => inputs.ownerOf(path),
    isFile: (path) => statSync(join(projectFolder, path), { throwIfNoEntry: false })?.isFile() ?? false,
    filesIn: (folder) => filesIn(projectFolder, folder),
    isSystem: (path) => isSystemPath(path, projectFolder, environment),
  };
}

function realPath(projectFolder: string, path: string): string {
  try {
    return realpathSync.native(join(projectFolder, path)).slice(projectFolder.length + 1);
  } catch {
    return path;
  }
}

/** In a container tracing may be forbidden; that is seen by trying only. */
function tryOut(strace: string): Failure | undefined {
  try {
    execFileSync(strace, ["-f", "-qqq", "-o", "/dev/null", "--", "/bin/true"], { stdio: ["ignore", "ignore", "pipe"] });
    return undefined;
  } catch (error) {
    return unavailable((error as { readonly stderr?: Buffer }).stderr?.toString().trim() || String(error));
  }
}

function notInstalled(): Failure {
  if (process.platform !== "linux") return unavailable("Processes are watched by strace, which exists only on Linux");
  return unavailable("strace is not installed", "Install it: apt-get install strace\n");
}

function unavailable(cause: string, install = ""): Failure {
  return {
    code: "audit-unavailable",
    message: "What tasks read and write cannot be observed on this machine",
    cause,
    hint: `${install}Without it, tidegate run --confine staged fails where a task reads more than it declares.`,
  };
}
