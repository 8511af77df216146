import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { TurnTaker } from "../../concurrency/turn-taker.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import type { ResourceHost } from "../resource.ts";
import { type Access, ask, canReach } from "./client.ts";
import { type Home, homeOf, makeHome, readServerRecord, writeServerRecord } from "./home.ts";
import { findInstallation, runnablePrograms } from "./programs.ts";

/*
 * The project's own server of one major version: one process tree for all environments, detached like instances are, on the
 * loopback. It serves on when agent and CLI are dead, and is brought back by whoever needs it next (`ensureServer`) or by the
 * agent's look (`tend`). Only one caller at a time starts or stops it: within a process by turns, and between processes because
 * the agent alone does, and a second server on one data folder refuses to start.
 */

/** The superuser's name; nobody but Tidegate has its password. */
const superuser = "tidegate";
const startMs = 60_000;
const logLimit = 10_000_000;

const turns = new TurnTaker();

/** How the superuser gets in; the server need not run. `undefined`: the project has no server of that version. */
export function superuserAccess(host: ResourceHost, major: string): Access | undefined {
  const record = readServerRecord(homeOf(host, major));
  if (record === undefined) return undefined;
  const password = host.derive(`postgres ${major} superuser`);
  return { host: "127.0.0.1", port: record.port, user: superuser, password, database: "postgres" };
}

/** The server runs and lets the superuser in; made the first time. Safe to repeat. */
export function ensureServer(host: ResourceHost, major: string, say: (text: string) => void): Promise<Result<Access>> {
  const home = homeOf(host, major);
  return turns.take(home.folder, () => guardDisk(() => ensure(host, home, say)));
}

/** Ends the server and removes it with all that it has. What is gone already is a success. */
export function removeServer(host: ResourceHost, major: string): Promise<Result<void>> {
  const home = homeOf(host, major);
  return turns.take(home.folder, () =>
    guardDisk(async () => {
      const ended = await endServer(home);
      if (!ended.ok) return ended;
      rmSync(home.folder, { recursive: true, force: true, maxRetries: 3 });
      rmSync(home.record, { force: true });
      return ok();
    }),
  );
}

async function ensure(host: ResourceHost, home: Home, say: (text: string) => void): Promise<Result<Access>> {
  const known = superuserAccess(host, home.major);
  if (known !== undefined && (await isOurs(known, home))) return ok(known);
  const installed = findInstallation(home.major);
  if (!installed.ok) return installed;
  makeHome(home);
  const programs = runnablePrograms(installed.value, home.folder);
  if (!existsSync(join(home.data, "PG_VERSION"))) {
    say(`making a PostgreSQL ${home.major} server`);
    const made = initialise(programs, home, host.derive(`postgres ${home.major} superuser`).reveal());
    if (!made.ok) return made;
  }
  const port = await freePort(known?.port);
  writeServerRecord(home, port);
  return start(programs, home, superuserAccess(host, home.major)!);
}

/** Who answers there may be somebody else's server that has our port. */
async function isOurs(access: Access, home: Home): Promise<boolean> {
  const answer = await ask(access, "show data_directory");
  return answer.ok && answer.value[0]?.data_directory === home.data;
}

/** Into a folder beside, which is renamed: a half-made one is never taken for one. */
function initialise(programs: string, { data, user, folder }: Home, password: string): Result<void> {
  const secret = mkdtempSync(join(folder, "init-"));
  const passwordFile = join(secret, "password");
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (user !== undefined) spawnSync("chown", ["-R", `${user.uid}:${user.gid}`, secret]);
    // What an earlier try has left is not complete: initdb writes PG_VERSION among the first, so it removes by itself what it made.
    const args = ["-D", data, `--username=${superuser}`, `--pwfile=${passwordFile}`];
    const flags = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"];
    const done = spawnSync(join(programs, "initdb"), [...args, ...flags], {
      ...user,
      cwd: folder,
      env: serverEnvironment,
      encoding: "utf8",
      timeout: 120_000,
    });
    if (done.status === 0) return ok();
    return failed({
      code: "resource-failed",
      message: "A database server could not be made",
      cause: (done.error?.message ?? done.stderr).trim().slice(-2_000),
    });
  } finally {
    rmSync(secret, { recursive: true, force: true });
  }
}

const serverEnvironment = { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8", TZ: "UTC" };

const settings: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  password_encryption: "scram-sha-256",
  max_connections: "200",
  // A statement may have a value in it that nobody may read.
  log_statement: "none",
  log_min_error_statement: "panic",
  log_min_duration_statement: "-1",
};

async function start(programs: string, home: Home, access: Access): Promise<Result<Access>> {
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  boundLog(home.log);
  removeStalePid(home);
  const log = openSync(home.log, "a", 0o600);
  let ended: string | undefined;
  try {
    const server = spawn(join(programs, "postgres"), ["-D", home.data, "-p", String(access.port), ...flags], {
      ...home.user,
      cwd: home.folder,
      env: serverEnvironment,
      detached: true,
      stdio: ["ignore", log, log],
    });
    server.on("error", (error) => {
      ended = error.message;
    });
    server.on("exit", (code, signal) => {
      ended = `It ended with ${signal ?? code}.`;
    });
    server.unref();
  } finally {
    closeSync(log);
  }
  const until = Date.now() + startMs;
  while (Date.now() < until) {
    if (await canReach(access)) return ok(access);
    if (ended !== undefined) break;
    await wait(50);
  }
  return failed({
    code: "resource-failed",
    message: `The database server (PostgreSQL ${home.major}) does not start`,
    cause: `${ended ?? `It did not answer within ${startMs / 1000} s.`}\n${lastLines(home.log)}`.trim(),
    hint: `Read its log: ${home.log}`,
  });
}

/** The fast shutdown: connections are ended, nothing is lost. */
async function endServer(home: Home): Promise<Result<void>> {
  const pid = pidOf(home);
  if (pid === undefined || !isServer(pid, home)) return ok();
  process.kill(pid, "SIGINT");
  const until = Date.now() + startMs;
  while (Date.now() < until) {
    if (!isServer(pid, home)) return ok();
    await wait(50);
  }
  return failed({
    code: "resource-failed",
    message: `The database server (PostgreSQL ${home.major}, process ${pid}) does not end`,
    hint: `End it: kill -QUIT ${pid}`,
  });
}

/** After a restart of the machine the number may be another process's, and the server would not start. */
function removeStalePid(home: Home): void {
  const pid = pidOf(home);
  if (pid !== undefined && !isServer(pid, home)) rmSync(join(home.data, "postmaster.pid"), { force: true });
}

function pidOf({ data }: Home): number | undefined {
  try {
    const pid = Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Whether that process is the server of this data folder: what stands in its command line. */
function isServer(pid: number, { data }: Home): boolean {
  const shown = spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" });
  return shown.status === 0 && shown.stdout.includes(`-D ${data} `);
}

/** The one from before, if nobody has it now; else one that is free. */
async function freePort(before: number | undefined): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once("error", (error) => (before === undefined ? reject(error) : resolve(freePort(undefined))));
  server.listen(before ?? 0, "127.0.0.1", () => {
    const { port } = server.address() as { readonly port: number };
    server.close(() => resolve(port));
  });
  return promise;
}

function boundLog(log: string): void {
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > logLimit) truncateSync(log);
}

function lastLines(log: string): string {
  return existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(-8).join("\n") : "";
}
