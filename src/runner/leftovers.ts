import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../files/is-record.ts";
import { readTextIfThere } from "../files/read-if-there.ts";
import { pipelinePaths } from "../files/state-folder.ts";
import { identityOf, isAlive, type ProcessIdentity } from "../process/identity.ts";
import { endTree, killTreeNow } from "../process/tree.ts";
import { graceMs } from "./commands/run-command.ts";
import type { NoteFiles } from "./note-files.ts";

/** A running task, on disk, so that whoever comes after a killed Tidegate can end what it left. */
interface RunningTask {
  readonly owner: ProcessIdentity;
  readonly mark: string;
  /** Absent while the process is being started. */
  readonly root?: ProcessIdentity;
}

/** The note on disk that a task runs: a line before there is a process, and another one once it is known. */
export class RunningNote {
  readonly #files: NoteFiles;
  readonly #mark: string;
  readonly #file: ReturnType<NoteFiles["take"]>;
  #end = 0;
  #root: ProcessIdentity | undefined;

  /** Writes the note before there is a process, so that there is none without a note. @throws the system's error. */
  constructor(files: NoteFiles, mark: string) {
    this.#files = files;
    this.#mark = mark;
    this.#file = files.take();
    this.#write({});
    files.leaving?.addEventListener("abort", this.#kill);
  }

  /** @throws the system's error. */
  started(pid: number): void {
    this.#root = identityOf(pid);
    if (this.#root !== undefined) this.#write({ root: this.#root });
  }

  remove(): void {
    this.#files.leaving?.removeEventListener("abort", this.#kill);
    this.#files.giveBack(this.#file);
  }

  /** The note stays: whoever comes next finds what could not be killed. */
  readonly #kill = () => killTreeNow({ ...(this.#root ?? { pid: 0, started: "" }), mark: this.#mark });

  #write(more: Pick<RunningTask, "root">): void {
    const task: RunningTask = { owner: this.#files.owner, mark: this.#mark, ...more };
    this.#end = this.#files.write(this.#file, `${JSON.stringify(task)}\n`, this.#end);
  }
}

/**
 * Ends the tasks of runs whose Tidegate was killed, with all their processes; those of a living one are left alone.
 * Returns how many there were. Resolves when they are gone. @throws the system's error when a note cannot be removed.
 */
export async function endLeftovers(stateFolder: string): Promise<number> {
  const folder = pipelinePaths(stateFolder).running;
  const ended = await Promise.all(namesIn(folder).map((name) => endLeftover(join(folder, name))));
  return ended.filter((wasLeft) => wasLeft).length;
}

async function endLeftover(path: string): Promise<boolean> {
  const task = parseNote(readTextIfThere(path, { forgive: "everything" }));
  if (task !== undefined && isAlive(task.owner)) return false;
  if (task !== undefined) await endTree({ pid: groupOf(task), mark: task.mark }, graceMs);
  rmSync(path, { force: true });
  return task !== undefined;
}

/**
 * The group may be named only while it is certainly the task's: as long as its leader lives, or, where there are no
 * marks to go by, as long as its number was not given to another process. -1 is nobody's.
 */
function groupOf({ root }: RunningTask): number {
  if (root === undefined) return -1;
  if (isAlive(root)) return root.pid;
  return process.platform === "linux" || identityOf(root.pid) !== undefined ? -1 : root.pid;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

/** The last whole line says most. */
function parseNote(text: string | undefined): RunningTask | undefined {
  const tasks = (text ?? "").split("\n").map(parseRunning);
  return tasks.findLast((task) => task !== undefined);
}

/** `undefined` for what is damaged: it names nobody. Never a process that everything else depends on. */
function parseRunning(line: string): RunningTask | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!isRecord(value) || !isIdentity(value.owner)) return undefined;
    if (typeof value.mark !== "string" || !/^TIDEGATE_TASK_[0-9a-f]{16}=/.test(value.mark)) return undefined;
    return { owner: value.owner, mark: value.mark, ...(isIdentity(value.root) && { root: value.root }) };
  } catch {
    return undefined;
  }
}

function isIdentity(value: unknown): value is ProcessIdentity {
  if (!isRecord(value) || typeof value.started !== "string") return false;
  return typeof value.pid === "number" && Number.isInteger(value.pid) && value.pid > 1;
}
