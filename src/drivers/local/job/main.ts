import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { endTree } from "../../../process/tree.ts";
import type { Exit } from "../../driver.ts";
import { explainSpawn, spawnExit } from "../launch.ts";
import { type JobOrder, parseOrder } from "./order.ts";
import { type Outcome, writeOutcome } from "./outcome.ts";

/**
 * The process that looks after one job: gets its order on standard input, runs it, sees to its time limit, ends what it left
 * running, and writes down how it ended. It needs nobody: whoever started it may die at any moment. Its output is the job's.
 */
process.title = "tidegate job";

/** How long a job gets to finish when its time is over, and what it left behind when it has ended by itself. */
const graceMs = 5_000;
const leftoverGraceMs = 1_000;
const longestTimerMs = 2 ** 31 - 1;
/** A full disk may have room again in a while. */
const writeAgainMs = 1_000;
const writeTries = 600;

// Whoever ends the job asks everything in it; this one goes last, so that the end is known.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});

const order = parseOrder(await readAll());
if (order !== undefined) await perform(order);
process.exit(0);

async function perform(job: JobOrder): Promise<void> {
  const { nonce, folder } = job;
  // A disk that refuses this leaves a job that never began.
  writeOutcome(folder, { version: 1, nonce, is: "begun" });
  const { exit, timedOut } = await runToEnd(job);
  await endTree({ pid: process.pid, mark: job.mark }, leftoverGraceMs);
  await insist({ version: 1, nonce, is: "ended", exit, timedOut }, folder);
}

async function runToEnd(job: JobOrder): Promise<{ readonly exit: Exit; readonly timedOut: boolean }> {
  const child = spawnQuietly(job);
  if (child instanceof Error) return { exit: notStarted(child, job), timedOut: false };
  const { promise, resolve } = Promise.withResolvers<Exit>();
  child.once("exit", (code, signal) => resolve({ code, signal }));
  child.once("error", (error) => resolve(notStarted(error, job)));
  let timedOut = false;
  const over = setTimeout(
    () => {
      timedOut = true;
      void endTree({ pid: process.pid, mark: job.mark }, graceMs);
    },
    Math.min(job.timeoutMs, longestTimerMs),
  );
  const exit = await promise;
  clearTimeout(over);
  return { exit, timedOut };
}

/** Some refusals of the system are thrown, others come as an event. */
function spawnQuietly({ file, args, directory, env }: JobOrder): ChildProcess | Error {
  try {
    return spawn(file, args, { cwd: directory, env, stdio: ["ignore", "inherit", "inherit"] });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error;
  }
}

function notStarted(error: Error, { shown }: JobOrder): Exit {
  process.stdout.write(`tidegate: ${explainSpawn(error, shown)}\n`);
  return spawnExit(error);
}

async function insist(outcome: Outcome, folder: string): Promise<void> {
  for (let tries = 0; tries < writeTries; tries++) {
    try {
      return writeOutcome(folder, outcome);
    } catch {
      await wait(writeAgainMs);
    }
  }
}

async function readAll(): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}
