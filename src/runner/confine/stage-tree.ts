import { execFile } from "node:child_process";
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  type Stats,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { dirname } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";
import type { FoundOutput } from "../../cache/outputs/list-outputs.ts";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import type { Pattern } from "../../graph/patterns/pattern.ts";
import type { FoundFile } from "../../inputs/walk-inputs.ts";

/** So many files are copied before others get a turn. */
const atATime = 64;

/** Copies parts of a project into a tree. Paths are relative to both, with slashes. All methods throw the system's errors. */
export class StageTree {
  readonly root: string;
  readonly #from: string;
  readonly #to: string;
  readonly #made = new Set<string>(["", "."]);
  /** Set at the end, from the deepest up: nothing can be written below a read-only folder. */
  readonly #modes = new Map<string, number>();
  /** What `stat` says of copies of inputs. */
  readonly #inputs = new Map<string, string>();
  /** Whose it is; `undefined`: this user's. */
  readonly #owner: number | undefined;

  constructor(from: string, to: string, owner?: number) {
    this.#from = from;
    this.#to = to;
    this.#owner = owner;
    this.root = to;
  }

  /** Inputs. The content of a link takes its place: what it leads to need not be an input itself. */
  async addFiles(files: Iterable<FoundFile>): Promise<void> {
    const all = [...files];
    const folders = new Set(all.flatMap(({ path }) => foldersAbove(path)));
    let count = 0;
    for (const file of all) {
      if (++count % atATime === 0) await turn();
      // Walked through: what it leads to was found file by file, below its own name.
      if (folders.has(file.path)) continue;
      if (file.stat === undefined) this.#link(file.path, file.link ?? "");
      else {
        this.#copy(file.path, file.stat);
        this.#inputs.set(file.path, "");
      }
    }
  }

  /** Inputs that are no longer as they were put here. */
  changedInputs(): string[] {
    return [...this.#inputs].filter(([path, state]) => this.#stateOf(path) !== state).map(([path]) => path);
  }

  #stateOf(path: string): string {
    const stat = lstatIfThere(`${this.#to}/${path}`);
    return stat === undefined ? "gone" : `${stat.ino} ${stat.mode} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
  }

  /** What other tasks wrote, folders before what is in them. */
  async addOutputs(outputs: readonly FoundOutput[]): Promise<void> {
    let count = 0;
    for (const output of outputs) {
      if (++count % atATime === 0) await turn();
      if (output.kind === "file") this.#copy(output.path, output.stat);
      else if (output.kind === "link") this.#link(output.path, output.target!);
      else if (output.kind === "folder") {
        this.#folder(output.path);
        this.#modes.set(output.path, output.stat.mode & 0o777);
      }
    }
  }

  addPrograms(paths: readonly string[]): void {
    for (const path of paths) this.#copy(path, lstatSync(`${this.#from}/${path}`));
  }

  /** The folders in which outputs will stand, as far as the project has them. */
  addFolders(outputs: readonly Pattern[]): void {
    for (const { kind, base } of outputs) {
      const folder = kind === "glob" ? base : dirname(base);
      if (existsSync(`${this.#from}/${folder}`)) this.#folder(folder);
    }
  }

  async finish(): Promise<void> {
    const deepestFirst = [...this.#modes].sort(([a], [b]) => (a < b ? 1 : -1));
    for (const [path, mode] of deepestFirst) chmodSync(`${this.#to}/${path}`, mode);
    if (this.#owner !== undefined) await changeOwner(this.#to, this.#owner, this.#owner);
    for (const path of this.#inputs.keys()) this.#inputs.set(path, this.#stateOf(path));
  }

  /** Makes this user the owner of all that is in it. Call when no process of the task is left. */
  async takeBack(): Promise<void> {
    if (this.#owner !== undefined) await changeOwner(this.#to, process.getuid!(), process.getgid!());
  }

  #copy(path: string, stat: Stats): void {
    const target = `${this.#to}/${path}`;
    this.#folder(dirname(path));
    if (lstatIfThere(target) !== undefined) return;
    copyFileSync(`${this.#from}/${path}`, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    // What is older than what matters to tools that go by times.
    if (stat.isFile()) utimesSync(target, stat.atimeMs / 1000, stat.mtimeMs / 1000);
  }

  #link(path: string, target: string): void {
    const link = `${this.#to}/${path}`;
    this.#folder(dirname(path));
    if (lstatIfThere(link) === undefined) symlinkSync(target, link);
  }

  #folder(path: string): void {
    if (this.#made.has(path)) return;
    mkdirSync(`${this.#to}/${path}`, { recursive: true });
    this.#made.add(path);
  }
}

function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1))
    folders.push(path.slice(0, slash));
  return folders;
}

/**
 * Changes whose a tree is: links themselves, never what they lead to, and without its setuid bits, which the kernel takes
 * away. For root. chown(1) walks by descriptors, so that no link can lead it out of the tree. @throws its error.
 */
async function changeOwner(tree: string, user: number, group: number): Promise<void> {
  const words = ["-R", "-P", "-h", "--", `${user}:${group}`, tree];
  await promisify(execFile)("chown", words, { cwd: "/", env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" } });
}
