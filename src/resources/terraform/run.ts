import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { childEnvironment } from "../../drivers/local/child-environment.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import { identityOfChild, isAlive, type ProcessIdentity } from "../../process/identity.ts";
import { endTree } from "../../process/tree.ts";
import { markOf, type Workspace } from "./workspace.ts";

/** One call of the program. */
export interface Call {
  /** The file of the program. */
  readonly program: string;
  readonly args: readonly string[];
  readonly workspace: Workspace;
  /** Where providers and modules are. Default: the workspace's own. */
  readonly data?: string;
  /** What the program may inherit what every program needs of: PATH, HOME. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Besides, by the definition. */
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /**
   * Only where something is changed: each whole line that the program says. It then goes on when this process ends, and
   * `endLeftRunning` finds it.
   */
  readonly onLine?: (line: string) => void;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  /** What it says of errors. */
  readonly stderr: string;
}

/** Terraform ends what it is at and saves its state when it is asked to end; that takes as long as one resource does. */
const graceMs = 30_000;
const lookEveryMs = 200;

/** Runs the program to its end. Fails when it cannot be started, takes too long, or is aborted; then its whole tree was ended. */
export async function run(call: Call): Promise<Result<Ran>> {
  return call.onLine === undefined ? runInPipes(call) : runIntoLog(call, call.onLine);
}

/** Ends what an earlier process started and did not see the end of: it would hold the state, or make the same twice. */
export async function endLeftRunning(workspace: Workspace): Promise<boolean> {
  const left = readRunning(workspace);
  if (left !== undefined && isAlive(left)) await endTree({ ...left, mark: markText(workspace) }, graceMs);
  rmSync(workspace.running, { force: true });
  return left !== undefined;
}

async function runInPipes(call: Call): Promise<Result<Ran>> {
  const child = start(call, "pipe");
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString("utf8");
  }) as [() => string, () => string];
  const code = await ending(child, call);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return code.ok ? ok({ code: code.value, stdout: stdout(), stderr: stderr() }) : code;
}

async function runIntoLog(call: Call, onLine: (line: string) => void): Promise<Result<Ran>> {
  const { log, running } = call.workspace;
  const file = openSync(log, "w", 0o600);
  const child = start(call, file);
  closeSync(file);
  const identity = child.pid === undefined ? undefined : identityOfChild(child.pid);
  if (identity !== undefined) writeFileAtomic(running, JSON.stringify(identity));
  let told = 0;
  const tell = (): void => {
    // The folder may be gone with what it was for; progress is no reason to end.
    const text = readTextIfThere(log, { forgive: "everything" }) ?? "";
    const end = text.lastIndexOf("\n") + 1;
    for (const line of text.slice(told, end).split("\n")) if (line.trim() !== "") onLine(line);
    told = Math.max(told, end);
  };
  const timer = setInterval(tell, lookEveryMs);
  const code = await ending(child, call);
  clearInterval(timer);
  tell();
  rmSync(running, { force: true });
  const said = readTextIfThere(log, { forgive: "everything" }) ?? "";
  return code.ok ? ok({ code: code.value, stdout: said, stderr: said }) : code;
}

function start(call: Call, output: "pipe" | number) {
  const { name, value } = markOf(call.workspace);
  const own = { ...quietly, TF_DATA_DIR: call.data ?? call.workspace.data, [name]: value };
  // The same for whoever starts it: what a shell has besides could make it look elsewhere for its state, or do something else.
  const env = childEnvironment(call.environment, call.env, own);
  // Its own group: Ctrl-C at a terminal is not for it, it is asked to end. All paths that it gets are absolute.
  return spawn(call.program, call.args, {
    cwd: "/",
    env,
    detached: true,
    stdio: ["ignore", output, output],
  });
}

/** It asks nobody for anything, and does not look whether there is a newer one. */
const quietly = { TF_IN_AUTOMATION: "1", TF_INPUT: "0", CHECKPOINT_DISABLE: "1" };

/** Its exit code; a signal that nobody here sent is 128. */
async function ending(child: ReturnType<typeof start>, call: Call): Promise<Result<number>> {
  const { program, workspace, limitMs, signal } = call;
  const stop = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  let stopping: Promise<unknown> | undefined;
  const onStop = (): void => {
    if (child.pid !== undefined) stopping = endTree({ pid: child.pid, mark: markText(workspace) }, graceMs);
  };
  stop.addEventListener("abort", onStop);
  if (stop.aborted) onStop();
  const ended = await new Promise<number | Error>((resolve) => {
    child.on("error", resolve);
    child.on("exit", (code) => resolve(code ?? 128));
  });
  stop.removeEventListener("abort", onStop);
  await stopping;
  if (ended instanceof Error) return failed(notStarted(program, ended));
  if (stopping === undefined) return ok(ended);
  return failed(signal.aborted ? interrupted(program) : tookTooLong(program, limitMs));
}

function markText(workspace: Workspace): string {
  const { name, value } = markOf(workspace);
  return `${name}=${value}`;
}

function readRunning({ running }: Workspace): ProcessIdentity | undefined {
  try {
    const { pid, started } = JSON.parse(readFileSync(running, "utf8")) as Partial<ProcessIdentity>;
    return typeof pid === "number" && typeof started === "string" ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

function notStarted(program: string, error: Error): Failure {
  return { code: "resource-failed", message: `${program} cannot be started`, cause: error.message };
}

function interrupted(program: string): Failure {
  return { code: "interrupted", message: `${program} was interrupted; it recorded what it had created` };
}

function tookTooLong(program: string, limitMs: number): Failure {
  const message = `${program} took longer than ${Math.round(limitMs / 60_000)} minutes and was ended`;
  return {
    code: "resource-failed",
    message,
    hint: "Check what it waits for, then try again: it continues where it stopped.",
  };
}
