import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../../files/make-folder.ts";
import { type Argv, showCommand } from "../../process/command.ts";
import { identityOfChild, type ProcessIdentity } from "../../process/identity.ts";
import type { Exit } from "../driver.ts";

interface LaunchOptions {
  readonly argv: Argv;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where both streams go; made when it is missing, appended to when not. */
  readonly output: string;
  /** How it is named when it cannot be started. Default: `argv`'s file. */
  readonly shown?: string;
  /** What it reads on its standard input, if anything. */
  readonly input?: string;
}

/** A process that was spawned. */
export interface Launched {
  readonly process: ProcessIdentity;
  /** How it ended. Does not keep this process alive. */
  readonly exited: Promise<Exit>;
  /** Gives it its input. */
  readonly give: () => void;
}

/** Why there is no process, and how a shell would have said it. */
export interface NotLaunched {
  readonly reason: string;
  readonly exit: Exit;
}

/**
 * Spawns a process that outlives this one: in a session of its own, its output going straight to a file. On success
 * nothing is awaited, so that the caller can write the identity down before anything else happens; only a failure is a
 * promise.
 *
 * @throws the system's error when the output file cannot be opened.
 */
export function launch(options: LaunchOptions): Launched | Promise<NotLaunched> {
  const output = openOutput(options.output);
  try {
    const input = options.input === undefined ? "ignore" : "pipe";
    const child = spawnQuietly(options, { detached: true, stdio: [input, output, output] });
    if (child instanceof Error || child.pid === undefined) return notLaunched(options, child);
    child.unref();
    const launched = { process: identify(child.pid), exited: exitOf(child) };
    const give = () => child.stdin?.on("error", () => {}).end(options.input);
    return { ...launched, give };
  } finally {
    closeSync(output);
  }
}

/** O_NOFOLLOW: the folder is ours, but a link in it could have been put there. */
function openOutput(path: string): number {
  makeFolder(dirname(path));
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants;
  return openSync(path, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600);
}

/** Some refusals of the system are thrown (an environment too big), others come as an event (no such program). */
function spawnQuietly(options: LaunchOptions, how: SpawnOptions): ChildProcess | Error {
  try {
    return spawn(options.argv.file, options.argv.args, { ...how, cwd: options.directory, env: options.env });
  } catch (error) {
    if (!(error instanceof Error) || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    return error;
  }
}

/** A process that cannot be told from a later one could never be stopped safely. */
function identify(pid: number): ProcessIdentity {
  const identity = identityOfChild(pid);
  if (identity !== undefined) return identity;
  process.kill(-pid, "SIGKILL");
  throw new Error(`The system does not say when process ${pid} started`);
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
}

async function notLaunched(options: LaunchOptions, child: ChildProcess | Error): Promise<NotLaunched> {
  const error = child instanceof Error ? child : await new Promise<Error>((resolve) => child.once("error", resolve));
  const reason = explainSpawn(error, options.shown ?? showCommand([options.argv.file]));
  say(options.output, `tidegate: ${reason}\n`);
  return { reason, exit: spawnExit(error) };
}

/** How a shell would have ended. */
export function spawnExit(error: Error): Exit {
  const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
  return { code: missing ? 127 : 126, signal: null };
}

/** Why a program cannot be started, for people. */
export function explainSpawn(error: Error, file: string): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return `${file}: command not found`;
  if (code === "EACCES") return `${file}: not executable`;
  if (code === "E2BIG") return `${file}: its arguments and environment variables exceed what the system allows`;
  // The system's own words would name the arguments too in some versions of Node; the code never does.
  return `${file}: cannot be started (${code ?? error.name})`;
}

/** Its own output is where people look for why it does not run. */
function say(output: string, text: string): void {
  const file = openOutput(output);
  try {
    writeSync(file, text);
  } catch {
    // A full disk: the failure that is returned says it too.
  } finally {
    closeSync(file);
  }
}
