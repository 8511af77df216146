import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Argv } from "../../process/command.ts";
import { endTree } from "../../process/tree.ts";
import type { ByteRedactor } from "../../secrets/redaction/byte-redactor.ts";
import { Lines } from "./lines.ts";

export interface CommandSpec {
  /** `file` is an absolute path, or is found in the environment's PATH. */
  readonly argv: Argv;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** An entry of `environment` that no other process tree has. */
  readonly mark: string;
  readonly timeoutMs: number;
  /** Takes secrets out of one of the streams, before anybody is told of it. Default: there are none. */
  readonly redactor?: (() => ByteRedactor | undefined) | undefined;
}

export interface CommandListener {
  /** Called once, as soon as there is a process. */
  started(pid: number): void;
  /** All bytes as they come, both streams. */
  bytes(chunk: Uint8Array): void;
  /** The same by whole lines, without line ends. */
  line(stream: "stdout" | "stderr", text: string): void;
}

export type CommandEnd =
  | { readonly how: "exited"; readonly code: number }
  | { readonly how: "signalled"; readonly signal: string }
  | { readonly how: "notStarted"; readonly error: Error }
  | { readonly how: "timedOut" }
  | { readonly how: "cancelled" };

/** Time that a process tree has between being asked to end and being killed. */
export const graceMs = 5000;
/** How long output may still come from pipes that somebody else than the command itself holds open. */
const drainMs = 500;

/**
 * Runs a command to its end, with nothing on its input. When this resolves, none of its processes is left that is in its
 * group, or still writes to its output; after a timeout or a cancel none at all.
 */
export async function runCommand(
  spec: CommandSpec,
  listener: CommandListener,
  signal: AbortSignal,
): Promise<CommandEnd> {
  if (signal.aborted) return { how: "cancelled" };
  const child = start(spec);
  const finished = listen(child, listener, spec.redactor);
  const exit = exitOf(child);
  if (child.pid === undefined) return exit;
  listener.started(child.pid);
  const end = await firstEnd(exit, spec.timeoutMs, signal);
  const root = { pid: child.pid, mark: spec.mark };
  const isCut = end.how === "timedOut" || end.how === "cancelled";
  if (isCut || hasGroup(child.pid)) await endTree(root, graceMs);
  if (!(await settles(finished, drainMs))) {
    await endTree(root, graceMs);
    if (!(await settles(finished, drainMs))) closePipes(child);
    await finished;
  }
  return end;
}

function start(spec: CommandSpec): ChildProcess {
  return spawn(spec.argv.file, spec.argv.args, {
    cwd: spec.folder,
    env: { ...spec.environment },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Resolves when both outputs have ended and everything was passed on. */
async function listen(
  child: ChildProcess,
  listener: CommandListener,
  createRedactor: CommandSpec["redactor"],
): Promise<void> {
  const streams = (["stdout", "stderr"] as const).map(async (name) => {
    const lines = new Lines((line) => listener.line(name, line));
    const redactor = createRedactor?.();
    const stream = child[name]!;
    const take = (chunk: Buffer) => {
      if (chunk.length === 0) return;
      listener.bytes(chunk);
      lines.push(chunk);
    };
    stream.on("data", (chunk: Buffer) => take(redactor?.push(chunk) ?? chunk));
    // An error of the pipe says no more than that it ended.
    stream.on("error", () => undefined);
    if (!stream.closed) await once(stream, "close").catch(() => undefined);
    if (redactor !== undefined) take(redactor.flush());
    lines.end();
  });
  await Promise.all(streams);
}

function exitOf(child: ChildProcess): Promise<CommandEnd> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ how: "notStarted", error }));
    child.once("exit", (code, signal) =>
      resolve(code === null ? { how: "signalled", signal: signal ?? "unknown" } : { how: "exited", code }),
    );
  });
}

/** How the command ended, or why it is not waited for any longer. */
function firstEnd(exit: Promise<CommandEnd>, timeoutMs: number, signal: AbortSignal): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const settle = (end: CommandEnd) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
      resolve(end);
    };
    const cancel = () => settle({ how: "cancelled" });
    const timer = setTimeout(() => settle({ how: "timedOut" }), Math.min(timeoutMs, 2 ** 31 - 1));
    signal.addEventListener("abort", cancel);
    void exit.then(settle);
    if (signal.aborted) cancel();
  });
}

/** Whether the command left processes behind in its group. */
function hasGroup(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function settles(promise: Promise<void>, withinMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), withinMs);
    promise.then(() => resolve(true), reject).finally(() => clearTimeout(timer));
  });
}

function closePipes(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}
