import { accessSync, closeSync, constants, openSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import type { Looks } from "../files/looks.ts";
import { isWithin } from "../graph/patterns/pattern.ts";
import type { Argv } from "../process/command.ts";
import type { FileIndex } from "./file-index.ts";
import type { Part } from "./part.ts";

/** Package managers and runtimes of JavaScript: what they do depends on the project's own package.json. */
const readsPackageFile = new Set(["npm", "npx", "pnpm", "pnpx", "yarn", "bun", "bunx", "node", "corepack"]);

/**
 * The programs that a command names: its first word; when a shell gets it, also the first word of each command in it, as
 * far as they can be told without being a shell.
 */
export function programsOf(argv: Argv): string[] {
  const programs = [argv.file];
  if (argv.file !== "/bin/sh" || argv.args[0] !== "-c") return programs;
  for (const command of (argv.args[1] ?? "").split(/&&|\|\|?|;|\n|&|\(|\)|\{|\}/)) {
    const word = /^\s*(?:[A-Za-z_]\w*=[^\s"'$`]*\s+)*([\w./@+-]+)(?=\s|$)/.exec(command)?.[1];
    if (word !== undefined) programs.push(word);
  }
  return [...new Set(programs)];
}

/** Files that a task reads because of the programs it names, whether it declares them or not. */
export function impliedInputs(programs: readonly string[]): string[] {
  return programs.some((program) => readsPackageFile.has(basename(program))) ? ["package.json", ".npmrc"] : [];
}

/** The file that a program's name means, as `execvp` would find it; `undefined` when there is none. */
export function findProgram(
  name: string,
  searchPath: string,
  projectFolder: string,
  looks?: Looks,
): string | undefined {
  if (name.includes("/")) {
    const file = resolve(projectFolder, name);
    looks?.addFollowed(file);
    return isExecutable(file) ? file : undefined;
  }
  for (const folder of searchPath.split(":")) {
    const file = join(isAbsolute(folder) ? folder : resolve(projectFolder, folder), name);
    looks?.addFollowed(file);
    if (isExecutable(file)) return file;
  }
  return undefined;
}

/** Most look-ups find nothing: they must not cost an exception each. */
function isExecutable(file: string): boolean {
  try {
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return false;
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const unreadable = "unreadable";

/** Tells tools apart by what they are, and not by where they are called from. */
export class ToolIdentities {
  readonly #index: FileIndex;
  readonly #projectFolder: string;
  readonly #looks: Looks | undefined;
  readonly #parts = new Map<string, readonly Part[]>();
  /** What runs a file, by its identity: that stays true. */
  readonly #interpreters = new Map<string, string | undefined>();
  /** Whether a look-up depends on files of the project, other than its `node_modules`. */
  #dependsOnProject = false;
  readonly #searchesProject = new Map<string, boolean>();

  /** `looks` is told every place that a look-up depends on. */
  constructor(index: FileIndex, projectFolder: string, looks?: Looks) {
    this.#index = index;
    this.#looks = looks;
    this.#projectFolder = realpathSync.native(projectFolder);
  }

  /** Tools may change while tasks run (an install); what was looked up is forgotten. */
  forget(): void {
    this.#parts.clear();
  }

  /** The same when only these paths of the project were written: most are no tools. */
  forgetWritten(paths: Iterable<string>): void {
    if (this.#dependsOnProject || [...paths].some((path) => path.includes("node_modules"))) this.forget();
  }

  /**
   * One part per program that is found: its file and digest. Where that file is a script, also its interpreter; where
   * it belongs to a package, also that package's package.json, which names the version. A word that is not a program (a
   * shell's own) has no part.
   */
  of(programs: readonly string[], searchPath: string): Part[] {
    const parts = new Map<string, string>();
    for (const program of programs)
      for (const [name, value] of this.#lookUp(program, searchPath)) parts.set(name, value);
    return [...parts];
  }

  #lookUp(program: string, searchPath: string): readonly Part[] {
    const key = `${program}\n${searchPath}`;
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const parts = [...this.#identify(program, searchPath)];
    this.#parts.set(key, parts);
    return parts;
  }

  *#identify(program: string, searchPath: string): Iterable<Part> {
    const found = findProgram(program, searchPath, this.#projectFolder, this.#looks);
    this.#dependsOnProject ||= this.#isLookedForInProject(program, searchPath);
    if (found === undefined) return;
    const file = realpathSync.native(found);
    this.#dependsOnProject ||= isWithin(found, this.#projectFolder) || isWithin(file, this.#projectFolder);
    this.#looks?.add(file);
    const identity = this.#describe(file);
    yield [`tool:${program}`, identity];
    const packageFile = nearestPackageFile(file, this.#looks);
    if (packageFile !== undefined) yield [`tool:${program} package.json`, this.#describe(packageFile)];
    const interpreter = this.#interpreterOf(file, identity);
    if (interpreter !== undefined && interpreter !== program) yield* this.#lookUp(interpreter, searchPath);
  }

  #isLookedForInProject(program: string, searchPath: string): boolean {
    if (program.includes("/")) return isWithin(resolve(this.#projectFolder, program), this.#projectFolder);
    let isSo = this.#searchesProject.get(searchPath);
    if (isSo === undefined) {
      const folders = searchPath.split(":").filter((folder) => !folder.endsWith("/node_modules/.bin"));
      isSo = folders.some((folder) => isWithin(realFolder(resolve(this.#projectFolder, folder)), this.#projectFolder));
      this.#searchesProject.set(searchPath, isSo);
    }
    return isSo;
  }

  #interpreterOf(file: string, identity: string): string | undefined {
    if (identity.endsWith(unreadable)) return interpreterOf(file);
    if (!this.#interpreters.has(identity)) this.#interpreters.set(identity, interpreterOf(file));
    return this.#interpreters.get(identity);
  }

  #describe(file: string): string {
    const name = isWithin(file, this.#projectFolder) ? file.slice(this.#projectFolder.length + 1) : file;
    const digest = this.#index.digest(file, file, statSync(file)) ?? unreadable;
    return `${name} ${digest}`;
  }
}

function realFolder(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return folder;
  }
}

/** The package.json of the installed package that a file belongs to; files of the project itself belong to none. */
function nearestPackageFile(file: string, looks: Looks | undefined): string | undefined {
  const modules = file.lastIndexOf("/node_modules/");
  if (modules === -1) return undefined;
  const [scope = "", name = ""] = file.slice(modules + "/node_modules/".length).split("/");
  const folder = join(file.slice(0, modules), "node_modules", scope.startsWith("@") ? join(scope, name) : scope);
  const path = join(folder, "package.json");
  looks?.addFollowed(path);
  return dirname(file).startsWith(folder) && statSync(path, { throwIfNoEntry: false })?.isFile() ? path : undefined;
}

/** The program that runs a script: the word after `#!`, or after `#!/usr/bin/env` and its options. `undefined`: it is no script. */
export function interpreterOf(file: string): string | undefined {
  const [first, ...words] = (/^#![ \t]*([^\n]*)/.exec(beginningOf(file))?.[1] ?? "").trim().split(/[ \t]+/);
  if (first === undefined || first === "") return undefined;
  return basename(first) === "env" ? words.find((word) => !word.startsWith("-") && !word.includes("=")) : first;
}

function beginningOf(file: string): string {
  try {
    const descriptor = openSync(file, "r");
    try {
      const buffer = Buffer.alloc(256);
      return buffer.toString("latin1", 0, readSync(descriptor, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return "";
  }
}
