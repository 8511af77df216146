import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, openSync } from "node:fs";
import { resolve as absolute, dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { failed, ok, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { logTail } from "../../files/log-tail.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { entryPoint } from "../../process/entry-point.ts";
import { identityOf, type ProcessIdentity } from "../../process/identity.ts";
import { callControl } from "./control/call.ts";

/** Where a gateway process keeps its things. */
export interface GatewayProcess {
  /** Its routing tables. */
  readonly stateFolder: string;
  /** At most about 100 bytes. */
  readonly controlSocketPath: string;
  /** What it says about itself is added to this. */
  readonly logFile: string;
  /** The control socket of the first process, when this is to be the second one of its gateway. */
  readonly twinOf?: string;
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
  return guardDisk(async () => {
    makeFolder(dirname(options.logFile));
    const log = openSync(options.logFile, "a", 0o600);
    try {
      return await launch(options, log);
    } finally {
      closeSync(log);
    }
  });
}

async function launch(options: GatewayProcess, log: number): Promise<Result<ProcessIdentity>> {
  const logStart = fstatSync(log).size;
  const launched = spawnDetached(options, log);
  const deadline = performance.now() + startMs;
  while (performance.now() < deadline) {
    const identity = await whoAnswers(options.controlSocketPath);
    if (identity !== undefined) {
      if (identity.pid !== launched.child.pid) await withdraw(launched);
      return ok(identity);
    }
    if (launched.failure !== undefined) return failed(notStarted(launched.failure, options, logStart));
    await wait(pauseMs);
  }
  await withdraw(launched);
  return failed(notStarted(`No answer in ${startMs} ms.`, options, logStart));
}

interface Launched {
  readonly child: ChildProcess;
  hasEnded: boolean;
  /** Why it ended, unless it did because another gateway runs. */
  failure?: string;
}

function spawnDetached(options: GatewayProcess, log: number): Launched {
  // A session of its own, nothing of the caller's environment or folder: it lives on when they are gone.
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      entryPoint("gateway"),
      absolute(options.stateFolder),
      absolute(options.controlSocketPath),
      ...(options.twinOf === undefined ? [] : [options.twinOf]),
    ],
    { detached: true, cwd: "/", env: { PATH: process.env.PATH ?? "" }, stdio: ["ignore", log, log] },
  );
  const launched: Launched = { child, hasEnded: false };
  const end = (failure: string | undefined) => {
    launched.hasEnded = true;
    if (failure !== undefined) launched.failure = failure;
  };
  child.on("error", (error) => end(error.message));
  child.on("exit", (code, signal) => end(code === 0 ? undefined : `It ended with ${signal ?? `exit code ${code}`}.`));
  child.unref();
  return launched;
}

/** Another gateway was faster: left alone, this one would take its place once that one is stopped. */
async function withdraw(launched: Launched): Promise<void> {
  launched.child.kill("SIGTERM");
  while (!launched.hasEnded) await wait(pauseMs);
}

async function whoAnswers(controlSocketPath: string): Promise<ProcessIdentity | undefined> {
  const observed = await callControl(controlSocketPath, "observe", {}, 5_000);
  return observed.ok ? identityOf(observed.value.processes[0]?.pid ?? 0) : undefined;
}

function notStarted(why: string, options: GatewayProcess, logStart: number) {
  return {
    code: "gateway-unreachable",
    message: "The gateway does not start",
    cause: [why, ...logTail(options.logFile, logStart, tailLines)].join("\n"),
    hint: `Its whole log: ${options.logFile}`,
  } as const;
}
