import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

const startMs = 20_000;

/** A program that is started for the measurement, and ended with it. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  #said = "";

  constructor(command: readonly [string, ...string[]], cwd: string) {
    const [file, ...args] = command;
    this.#child = spawn(file, args, { cwd, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, HOME: cwd } });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#said = `${this.#said}${text}`.slice(-4_000);
      });
    this.#child.on("error", (error) => {
      this.#said += error.message;
    });
  }

  /** Resolves once it accepts connections there. */
  async accepts(port: number): Promise<this> {
    const deadline = performance.now() + startMs;
    while (!(await isOpen(port))) {
      const { exitCode, spawnfile } = this.#child;
      if (exitCode !== null || performance.now() > deadline)
        throw new Error(`${spawnfile} does not serve on port ${port}:\n${this.#said}`);
      await wait(20);
    }
    return this;
  }

  /** Its own id and those of all that it has started. */
  get pids(): number[] {
    return this.#child.pid === undefined ? [] : withDescendants(this.#child.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    const late = setTimeout(() => this.#child.kill("SIGKILL"), 2_000);
    await ended;
    clearTimeout(late);
  }
}

function isOpen(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}

function withDescendants(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const parent = statOf(Number(name))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}

/** What `/proc/PID/stat` says from the state on: state, parent, … */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** Seconds of processor time that they have had, in user and system mode. */
export function processorSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => Number(statOf(pid)?.[11] ?? 0) + Number(statOf(pid)?.[12] ?? 0));
  return ticks.reduce((sum, own) => sum + own, 0) / 100;
}

/** Megabytes of memory; what they share is counted once. */
export function megabytes(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => {
    try {
      return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "latin1"))?.[1] ?? 0);
    } catch {
      return 0;
    }
  });
  return kilobytes.reduce((sum, own) => sum + own, 0) / 1024;
}

/** The first line of what it says of its version that has a number in it; `undefined`: it is not installed. */
export function versionOf(command: readonly [string, ...string[]]): string | undefined {
  const [file, ...args] = command;
  const { error, stdout, stderr } = spawnSync(file, args, { encoding: "utf8" });
  return error === undefined ? /\d+\.\d+[\w.+~-]*/.exec(`${stdout}${stderr}`)?.[0] : undefined;
}
