import { existsSync, lstatSync, readlinkSync, realpathSync } from "node:fs";
import { isAbsolute } from "node:path";
import { isWithin } from "../../graph/patterns/pattern.ts";
import { type FoundProgram, programsInPath } from "./programs.ts";

/**
 * One thing that is there in a sealed task's disk. `see`: a folder or file that can be read, with what is mounted below it;
 * `change`: a folder that can be written; `link`: a link with the text `from`; `temporary`: an empty folder for everybody.
 */
export interface Sight {
  readonly how: "see" | "change" | "link" | "temporary";
  readonly from: string;
  readonly at: string;
}

export interface ViewOptions {
  readonly projectFolder: string;
  /** What stands at the project's path; "" for nothing. */
  readonly tree: string;
  /** A file in the place of the system's list of users; "" for the system's. */
  readonly users: string;
  readonly network: boolean;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Where systems keep their programs, libraries and settings. */
const systemFolders = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix", "/gnu"];
export const usersFile = "/etc/passwd";

/** What a sealed task sees beside its own /proc and /dev, in the order in which it has to be put together. */
export function viewOf(options: ViewOptions): Sight[] {
  const { projectFolder, tree, users, variables } = options;
  return [
    ...systemFolders.filter((path) => existsSync(path)).map(systemFolder),
    ...(users === "" ? [] : [{ how: "see", from: users, at: usersFile } as const]),
    ...["/tmp", "/var/tmp"].map(temporary),
    ...(options.network ? nameServers() : []),
    ...emptyHome(variables.HOME).map(temporary),
    ...programSights(options),
    ...(tree === "" ? [] : [{ how: "change", from: tree, at: projectFolder } as const]),
  ];
}

function systemFolder(path: string): Sight {
  return lstatSync(path).isSymbolicLink() ? { how: "link", from: readlinkSync(path), at: path } : see(path);
}

function see(path: string): Sight {
  return { how: "see", from: path, at: path };
}

function temporary(at: string): Sight {
  return { how: "temporary", from: "", at };
}

/** Often a link to a file that another program writes. */
function nameServers(): Sight[] {
  try {
    const real = realpathSync.native("/etc/resolv.conf");
    return isWithin(real, "/etc") ? [] : [see(real)];
  } catch {
    return [];
  }
}

function emptyHome(home: string | undefined): string[] {
  return home !== undefined && isAbsolute(home) && home !== "/" && !isSystem(home) ? [home] : [];
}

/** Folders first, what is in one of them is there with it. */
function programSights(options: Pick<ViewOptions, "projectFolder" | "variables">): Sight[] {
  const programs = programsOutside(options);
  const folders = outermost(programs.flatMap(({ parts }) => parts));
  const isThere = (path: string) => isSystem(path) || folders.some((folder) => isWithin(path, folder));
  const files = new Set(programs.map(({ real }) => real).filter((real) => !isThere(real)));
  const links = programs.filter(({ at, real }) => at !== real && !isThere(at));
  return [...[...folders, ...files].map(see), ...links.map(({ at, real }): Sight => ({ how: "link", from: real, at }))];
}

/** Never anything in or around the project: what it has of programs is in its tree. */
function programsOutside({ projectFolder, variables }: Pick<ViewOptions, "projectFolder" | "variables">) {
  const isKnown = (path: string) => isSystem(path) || isWithin(path, projectFolder) || isWithin(projectFolder, path);
  const found = programsInPath(variables.PATH ?? "", variables.HOME ?? "/", isKnown);
  return found.filter(({ real }: FoundProgram) => !isWithin(real, projectFolder));
}

function outermost(folders: readonly string[]): string[] {
  const sorted = [...new Set(folders)].sort();
  return sorted.filter((folder) => !sorted.some((other) => other !== folder && isWithin(folder, other)));
}

function isSystem(path: string): boolean {
  return path === "/" || systemFolders.some((folder) => isWithin(path, folder));
}

/** Whether a path is one of the system's, or of the tools that `variables.PATH` names: every task may read it. */
export function isSystemPath(
  path: string,
  projectFolder: string,
  variables: Readonly<Record<string, string | undefined>>,
): boolean {
  const programs = programsOutside({ projectFolder, variables });
  const own = programs.flatMap(({ at, real, parts }) => [at, real, ...parts]);
  return isSystem(path) || ["/proc", "/dev", "/sys", "/tmp", ...own].some((folder) => isWithin(path, folder));
}
