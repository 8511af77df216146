import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { logTail } from "../../../files/log-tail.ts";
import { readTextIfThere } from "../../../files/read-if-there.ts";
import { type Clock, systemClock } from "../../../process/clock.ts";
import { identityOf, isAlive } from "../../../process/identity.ts";
import type { Secret } from "../../../secrets/secret.ts";
import { type Login, withClient } from "../client/connect.ts";
import { isNobodyThere, isServerError } from "../client/failures.ts";
import { ownerOf, plainEnvironment, superuser } from "./initialise.ts";
import type { ServerPlace, ServerRecord } from "./record.ts";
import { writeSettings } from "./settings.ts";

/** How long a server gets to come up (it may have to recover first) or to end, in milliseconds. */
const limitMs = 120_000;
const lookEveryMs = 50;

/** How Tidegate itself comes into a server. */
export function superLogin(record: ServerRecord, password: Secret): Login {
  const host = join(record.home, "data");
  return { host, port: record.port, user: superuser, password, database: "postgres" };
}

/** `down`: nobody is there; `between`: it comes up or goes down, or lets nobody in, for the reason that is in `cause`. */
export type Look = { readonly state: "answers" } | { readonly state: "down" | "between"; readonly cause: string };

export async function lookAt(record: ServerRecord, password: Secret): Promise<Look> {
  try {
    await withClient(superLogin(record, password), (client) => client.query("select 1"));
    return { state: "answers" };
  } catch (error) {
    if (!isServerError(error)) throw error;
    return { state: isNobodyThere(error) ? "down" : "between", cause: error.message };
  }
}

/** Whether the server's process is there, whether or not it answers. */
export function isRunning(record: ServerRecord): boolean {
  return runningPid(join(record.home, "data")) !== undefined;
}

/**
 * Starts a server and waits until it answers. It is a process of its own: it lives on when whoever started it does not.
 * Only for who holds the server's lock alone.
 *
 * @throws the system's error; give it to `guardDisk`.
 */
export async function startServer(place: ServerPlace, record: ServerRecord, password: Secret): Promise<Result<void>> {
  removeStalePid(join(record.home, "data"));
  const { config, access } = writeSettings(record);
  const log = openSync(place.log, "a", 0o600);
  const begin = fstatSync(log).size;
  const args = ["-D", join(record.home, "data"), "-c", `config_file=${config}`, "-c", `hba_file=${access}`];
  const options = { cwd: record.home, env: plainEnvironment, detached: true, ...ownerOf(record) };
  const child = spawn(join(record.bin, "postgres"), args, { ...options, stdio: ["ignore", log, log] });
  closeSync(log);
  let ended: string | undefined;
  child.on("error", (error) => {
    ended = error.message;
  });
  child.on("exit", (code, signal) => {
    ended = `It ended with ${signal ?? code}.`;
  });
  child.unref();
  // It may end because another one is there, that a killed call has started: then that one is waited for.
  return await awaitServer(place, record, password, { begin, ended: () => (isRunning(record) ? undefined : ended) });
}

interface Begun {
  /** Where in the log its start begins, in bytes. */
  readonly begin?: number;
  /** How it ended, as soon as it has. */
  readonly ended?: () => string | undefined;
}

/** Waits until a server that was started answers. */
export async function awaitServer(
  place: ServerPlace,
  record: ServerRecord,
  password: Secret,
  { begin = 0, ended = () => (isRunning(record) ? undefined : "It has ended.") }: Begun = {},
  clock: Clock = systemClock,
): Promise<Result<void>> {
  const deadline = clock.monotonic() + limitMs;
  let look: Look = await lookAt(record, password);
  while (look.state !== "answers" && ended() === undefined && clock.monotonic() < deadline) {
    await clock.wait(lookEveryMs);
    look = await lookAt(record, password);
  }
  if (look.state === "answers") return ok();
  const tail = logTail(place.log, begin, 20);
  const isFull = tail.some((line) => line.includes("No space left on device"));
  return failed({
    code: isFull ? "no-space" : "resource-failed",
    message: `The project's PostgreSQL ${record.major} did not start${isFull ? `: no space is left in ${record.home}` : ""}`,
    cause: [ended() ?? look.cause, ...tail].join("\n"),
    hint: isFull
      ? `Free some space in ${record.home}, then run the command again. Its log: ${place.log}`
      : `Fix the cause, then run the command again. Its log: ${place.log}`,
  });
}

/**
 * Ends a server: sessions are cut, data is flushed. One that has ended is a success. Only for who holds the server's lock
 * alone.
 */
export async function stopServer(record: ServerRecord, clock: Clock = systemClock): Promise<Result<void>> {
  const pid = runningPid(join(record.home, "data"));
  const identity = pid === undefined ? undefined : identityOf(pid);
  if (identity === undefined) return ok();
  // PostgreSQL's "fast" shutdown.
  process.kill(identity.pid, "SIGINT");
  const deadline = clock.monotonic() + limitMs;
  while (isAlive(identity) && clock.monotonic() < deadline) await clock.wait(lookEveryMs);
  if (!isAlive(identity)) return ok();
  const message = `The project's PostgreSQL ${record.major} does not end (process ${identity.pid})`;
  return failed({ code: "resource-failed", message, hint: `kill -QUIT ${identity.pid}` });
}

/**
 * After the machine went down, the number in a server's file may be some other process's by now; PostgreSQL itself would
 * take that for a running server and not start.
 */
function removeStalePid(data: string): void {
  if (runningPid(data) === undefined) rmSync(join(data, "postmaster.pid"), { force: true });
}

/** The server that works in this folder; `undefined`: none does. Where that cannot be seen, the file is believed. */
export function runningPid(data: string): number | undefined {
  const pid = Number(readTextIfThere(join(data, "postmaster.pid"))?.split("\n")[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1 || identityOf(pid) === undefined) return undefined;
  if (process.platform !== "linux") return pid;
  try {
    // The folder's own name: a link may lead to it.
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data) ? pid : undefined;
  } catch {
    // It belongs to somebody else, so that it is none of ours; or it has ended just now.
    return undefined;
  }
}
