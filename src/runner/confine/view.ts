import { accessSync, constants, existsSync, lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute } from "node:path";
import { isWithin } from "../../graph/patterns/pattern.ts";

/**
 * One thing that is there in a sealed task's disk. `see`: a folder that can be read; `change`: one that can be written;
 * `file`: a single file or device; `link`: a link with the text `from`; `empty`: a new folder; `open`: one for everybody.
 */
export interface Sight {
  readonly how: "see" | "change" | "file" | "link" | "empty" | "open";
  readonly from: string;
  readonly at: string;
}

export interface ViewOptions {
  readonly projectFolder: string;
  /** What stands at the project's path; "" for nothing. */
  readonly tree: string;
  readonly network: boolean;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Where systems keep their programs, libraries and settings. */
const systemFolders = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix", "/gnu"];
const devices = ["null", "zero", "full", "random", "urandom", "tty"];

/** What a sealed task sees, in the order in which it has to be put together. */
export function viewOf(options: ViewOptions): Sight[] {
  const { projectFolder, tree, variables } = options;
  return [
    ...systemFolders.filter((path) => existsSync(path)).map(systemFolder),
    ...["/tmp", "/var/tmp", "/dev/shm"].map((at): Sight => ({ how: "open", from: "", at })),
    ...devices.filter((name) => existsSync(`/dev/${name}`)).map(device),
    ...["fd", "stdin", "stdout", "stderr"].map(descriptor),
    ...(options.network ? nameServers() : []),
    ...emptyHome(variables.HOME),
    ...toolFolders(options).map((path): Sight => ({ how: "see", from: path, at: path })),
    ...(tree === "" ? [] : [{ how: "change", from: tree, at: projectFolder } as const]),
  ];
}

function systemFolder(path: string): Sight {
  const isLink = lstatSync(path).isSymbolicLink();
  return isLink ? { how: "link", from: readlinkSync(path), at: path } : { how: "see", from: path, at: path };
}

function device(name: string): Sight {
  return { how: "file", from: `/dev/${name}`, at: `/dev/${name}` };
}

function descriptor(name: string): Sight {
  const numbers: Readonly<Record<string, string>> = { fd: "", stdin: "/0", stdout: "/1", stderr: "/2" };
  return { how: "link", from: `/proc/self/fd${numbers[name]}`, at: `/dev/${name}` };
}

/** Often a link to a file that another program writes. */
function nameServers(): Sight[] {
  try {
    const real = realpathSync.native("/etc/resolv.conf");
    return isWithin(real, "/etc") ? [] : [{ how: "file", from: real, at: real }];
  } catch {
    return [];
  }
}

function emptyHome(home: string | undefined): Sight[] {
  const isUsable = home !== undefined && isAbsolute(home) && home !== "/" && !isSystem(home);
  return isUsable ? [{ how: "empty", from: "", at: home }] : [];
}

/**
 * The folders of the tools that PATH names outside of the system. A tool in `bin` needs what stands beside it, as in
 * `~/.cargo` or `node_modules`; but never is the whole home, nor anything around or in the project, shown for that.
 */
function toolFolders({ projectFolder, variables }: Pick<ViewOptions, "projectFolder" | "variables">): string[] {
  const isShown = (folder: string) =>
    !isWithin(projectFolder, folder) && !isWithin(folder, projectFolder) && !isWithin(variables.HOME ?? "/", folder);
  const folders = (variables.PATH ?? "").split(":").filter((folder) => isAbsolute(folder) && isFolder(folder));
  const found = folders.flatMap((folder) => {
    const around = /^(\.?bin|sbin|shims)$/.test(basename(folder)) ? dirname(folder) : folder;
    return [around, folder].find((candidate) => isShown(candidate) && !isSystem(candidate)) ?? [];
  });
  return [...new Set(found)].sort();
}

function isSystem(path: string): boolean {
  return path === "/" || systemFolders.some((folder) => isWithin(path, folder));
}

/** Whether there is a folder that this user may look into. */
function isFolder(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Whether a path is one of the system's, or of the tools that `variables.PATH` names: every task may read it. */
export function isSystemPath(
  path: string,
  projectFolder: string,
  variables: Readonly<Record<string, string | undefined>>,
): boolean {
  const own = ["/proc", "/dev", "/sys", "/tmp", ...toolFolders({ projectFolder, variables })];
  return isSystem(path) || own.some((folder) => isWithin(path, folder));
}
