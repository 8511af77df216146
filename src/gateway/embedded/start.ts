import { spawn } from "node:child_process";
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { resolve as absolute, dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { failed, ok, type Result } from "../../errors/result.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { entryPoint } from "../../process/entry-point.ts";
import { identityOf, type ProcessIdentity } from "../../process/identity.ts";
import { callControl } from "./control-call.ts";

/** Where a gateway process keeps its things. */
export interface GatewayProcess {
  /** Its routing tables. */
  readonly stateFolder: string;
  /** At most about 100 bytes. */
  readonly controlSocketPath: string;
  /** What it says about itself is added to this. */
  readonly logFile: string;
}

const startMs = 15_000;
const pauseMs = 20;
const tailLines = 20;

/**
 * Starts a gateway that outlives this process, and resolves once it serves its tables and answers. When one does
 * already, that one is it. Fails with `gateway-unreachable` and the end of its log.
 */
export async function startGateway(options: GatewayProcess): Promise<Result<ProcessIdentity>> {
  const running = await whoAnswers(options.controlSocketPath);
  if (running !== undefined) return ok(running);
  let log: number;
  try {
    mkdirSync(dirname(options.logFile), { recursive: true, mode: 0o700 });
    log = openSync(options.logFile, "a", 0o600);
  } catch (error) {
    const failure = fileFailure(error, options.logFile);
    if (failure === undefined) throw error;
    return failed(failure);
  }
  try {
    return await launch(options, log);
  } finally {
    closeSync(log);
  }
}

async function launch(options: GatewayProcess, log: number): Promise<Result<ProcessIdentity>> {
  const logStart = fstatSync(log).size;
  const ended = spawnDetached(options, log);
  const deadline = performance.now() + startMs;
  while (performance.now() < deadline) {
    const identity = await whoAnswers(options.controlSocketPath);
    if (identity !== undefined) return ok(identity);
    if (ended.how !== undefined && ended.how !== "done") return failed(notStarted(ended.how, options, logStart));
    await wait(pauseMs);
  }
  return failed(notStarted(`No answer in ${startMs} ms.`, options, logStart));
}

/** How the process ended, once it has; `done` when it found that another gateway runs. */
interface Ended {
  how?: string;
}

function spawnDetached(options: GatewayProcess, log: number): Ended {
  const ended: Ended = {};
  // A session of its own, nothing of the caller's environment or folder: it lives on when they are gone.
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      entryPoint("gateway"),
      absolute(options.stateFolder),
      absolute(options.controlSocketPath),
    ],
    { detached: true, cwd: "/", env: { PATH: process.env.PATH ?? "" }, stdio: ["ignore", log, log] },
  );
  child.on("error", (error) => {
    ended.how = error.message;
  });
  child.on("exit", (code, signal) => {
    ended.how = code === 0 ? "done" : `It ended with ${signal ?? `exit code ${code}`}.`;
  });
  child.unref();
  return ended;
}

async function whoAnswers(controlSocketPath: string): Promise<ProcessIdentity | undefined> {
  const observed = await callControl(controlSocketPath, "observe", {}, 5_000);
  return observed.ok ? identityOf(observed.value.pid) : undefined;
}

function notStarted(why: string, options: GatewayProcess, logStart: number) {
  return {
    code: "gateway-unreachable",
    message: "The gateway does not start",
    cause: [why, ...logTail(options.logFile, logStart)].join("\n"),
    hint: `Its whole log: ${options.logFile}`,
  } as const;
}

function logTail(file: string, start: number): string[] {
  try {
    const text = readFileSync(file).subarray(start).toString("utf8").trimEnd();
    return text === "" ? [] : text.split("\n").slice(-tailLines);
  } catch {
    return [];
  }
}
