import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { exitCodes } from "../../errors/exit-code.ts";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { type ProcessLock, takeProcessLock } from "../../process/process-lock.ts";
import { defaultLimits } from "./balance/limits.ts";
import { embeddedGateway } from "./client.ts";
import { callControl, stopOlder } from "./control/call.ts";
import { ControlServer } from "./control/server.ts";
import { gatewayTitle } from "./listen/port-owner.ts";
import { Switchboard } from "./switchboard.ts";
import { Pair } from "./twin/pair.ts";
import { canHaveTwin, twinPlace, twinSocket } from "./twin/place.ts";

/**
 * The gateway process: `node main.ts <stateFolder> <controlSocketPath> [<controlSocketPath of the first>]`. It serves until
 * it is told to stop, whether or not anything else of Tidegate runs. What it says goes to stdout, a line each.
 *
 * There are two of them, where the system lets two listen at one address: the first one starts the second, and is the
 * gateway to its callers. Each goes on serving when the other is dead.
 */
const [stateFolder = "", controlSocketPath = "", twinOf] = process.argv.slice(2);
const stopLimitMs = 10_000;
const takeOverMs = 10_000;
const abandonedMs = 4_000;
/** Kept back from client connections and the connections to instances: control, tables, log. */
const reservedFiles = 64;

process.title = gatewayTitle;
process.umask(0o077);
surviveSurprises();
await main();

async function main(): Promise<void> {
  try {
    if (controlSocketPath === "") throw new Error("usage: main.ts <stateFolder> <controlSocketPath>");
    preparePrivateFolder(stateFolder);
    preparePrivateFolder(dirname(controlSocketPath));
    const lock = await becomeTheOne();
    if (lock === undefined) process.exit(exitCodes.done);
    await serve(lock);
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

async function serve(lock: ProcessLock): Promise<void> {
  removeStaleSocket();
  // The control socket answers last: whoever gets an answer finds the tables served.
  const limits = { ...defaultLimits, connections: connectionLimit(), ...(canHaveTwin && { sharesPortsWith }) };
  const switchboard = await Switchboard.open(stateFolder, limits);
  const isFirst = canHaveTwin && twinOf === undefined;
  const pair = isFirst ? new Pair(switchboard, twinPlace(stateFolder, controlSocketPath)) : undefined;
  let isStopping = false;
  const stop = (limitMs: number) => {
    if (isStopping) process.exit(exitCodes.done);
    isStopping = true;
    void shutDown(switchboard, control, lock, { limitMs, left: pair?.leave() });
  };
  const control = new ControlServer(pair ?? switchboard, stop);
  await control.listen(controlSocketPath);
  process.on("SIGTERM", () => stop(stopLimitMs));
  process.on("SIGINT", () => stop(stopLimitMs));
  say(`serving, process ${process.pid}`);
  pair?.tend(say);
  endWhenAbandoned(switchboard, control, stop);
  const observed = await switchboard.observe();
  if (observed.ok) for (const problem of observed.value.problems ?? []) say(`${problem.code}: ${problem.message}`);
}

/** Addresses, socket and lock are free at once, so that the next gateway can start while this one finishes. */
async function shutDown(
  switchboard: Switchboard,
  control: ControlServer,
  lock: ProcessLock,
  { limitMs, left }: { readonly limitMs: number; readonly left: Promise<void> | undefined },
): Promise<void> {
  say("stopping");
  control.close();
  const finished = switchboard.close(limitMs);
  const twin = left?.then(() => embeddedGateway(twinSocket(controlSocketPath)).stop(limitMs));
  lock.release();
  await finished;
  await twin;
  process.exit(exitCodes.done);
}

/** Of the other process of this gateway: those that answer at its socket. */
async function sharesPortsWith(): Promise<number[]> {
  const other = twinOf ?? twinSocket(controlSocketPath);
  const observed = await callControl(other, "observe", {}, 5_000);
  return observed.ok ? observed.value.processes.map(({ pid }) => pid) : [];
}

/**
 * Nobody can want anything of a gateway that serves nothing, whose folder is gone, and that no agent calls; nor of a second process
 * that serves nothing and whose first one is gone.
 */
function endWhenAbandoned(switchboard: Switchboard, control: ControlServer, stop: (limitMs: number) => void): void {
  let looks = 0;
  setInterval(async () => {
    const isQuiet = control.callsSince() === 0 && !switchboard.serves;
    looks = isQuiet && (await isAlone()) ? looks + 1 : 0;
    if (looks < 2) return;
    say("nothing to serve and nobody left to serve it to: exiting");
    stop(0);
  }, abandonedMs).unref();
}

async function isAlone(): Promise<boolean> {
  if (!existsSync(stateFolder)) return true;
  return twinOf !== undefined && !(await callControl(twinOf, "observe", {}, 1_000)).ok;
}

/** The lock, once this is the only gateway on the socket; `undefined` when another one answers there. */
async function becomeTheOne(): Promise<ProcessLock | undefined> {
  const deadline = performance.now() + takeOverMs;
  while (performance.now() < deadline) {
    const lock = takeProcessLock(`${controlSocketPath}.lock`);
    if (lock !== undefined) return lock;
    // The holder is starting, serving or stopping; or it is the gateway of an older version, whose place this one takes.
    if ((await callControl(controlSocketPath, "observe", {}, 2_000)).ok) return undefined;
    if ((await stopOlder(controlSocketPath, stopLimitMs)) !== undefined) say("taking over from an older gateway");
    await wait(20);
  }
  throw new Error(`Another process holds ${controlSocketPath}.lock but does not answer.`);
}

/** What a gateway that was killed left behind. Only called by the holder of the lock. */
function removeStaleSocket(): void {
  const stats = lstatIfThere(controlSocketPath);
  if (stats === undefined) return;
  if (!stats.isSocket()) throw new Error(`${controlSocketPath} is not a socket.`);
  rmSync(controlSocketPath);
}

function preparePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stats = statSync(folder);
  const isOthers = stats.uid !== process.getuid?.();
  if (isOthers || (stats.mode & 0o022) !== 0) throw new Error(`Others can write to ${folder}.`);
}

/** Each client connection may need one to an instance. */
function connectionLimit(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "latin1");
    const files = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
    return Number.isFinite(files) ? Math.max(1, Math.floor((files - reservedFiles) / 2)) : defaultLimits.connections;
  } catch {
    return defaultLimits.connections;
  }
}

/** A request that hits a bug must not take all others with it, and a full disk under the log must not either. */
function surviveSurprises(): void {
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  process.on("SIGHUP", () => {});
  process.on("uncaughtException", (error) => say(`unexpected: ${error.stack ?? error.message}`));
  process.on("unhandledRejection", (error) => say(`unexpected: ${error instanceof Error ? error.stack : error}`));
}

function say(text: string): void {
  process.stdout.write(`${new Date().toISOString()} ${text}\n`);
}

function fail(text: string): void {
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
  process.exitCode = exitCodes.broken;
  process.exit();
}
