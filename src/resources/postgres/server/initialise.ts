import { type SpawnOptions, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chownSync,
  closeSync,
  existsSync,
  fchownSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { failed, ok, type Result } from "../../../errors/result.ts";
import type { Secret } from "../../../secrets/secret.ts";
import type { ServerRecord } from "./record.ts";

/** The role that only Tidegate is. */
export const superuser = "tidegate";

/** What a program of PostgreSQL gets of the environment: nothing of the caller's, which may hold secrets. */
export const plainEnvironment = { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };

/**
 * Makes the data folder of a server, whole or not at all; one that is there stays. What a killed one left is removed.
 *
 * @throws the system's error; give it to `guardDisk`.
 */
export async function initialise(record: ServerRecord, password: Secret): Promise<Result<void>> {
  const data = join(record.home, "data");
  if (existsSync(data)) return ok();
  for (const name of readdirSync(record.home)) if (/^data\..*\.tmp$/.test(name)) remove(join(record.home, name));
  const fresh = join(record.home, `data.${randomBytes(6).toString("hex")}.tmp`);
  mkdirSync(fresh, { mode: 0o700 });
  if (record.uid !== undefined) chownSync(fresh, record.uid, record.gid as number);
  const made = await initdb(record, fresh, password);
  if (made.ok) renameSync(fresh, data);
  else remove(fresh);
  return made;
}

async function initdb(record: ServerRecord, data: string, password: Secret): Promise<Result<void>> {
  const file = passwordFile(record, password);
  try {
    const locale = process.platform === "linux" ? "C.UTF-8" : "C";
    const flags = [
      "--auth=scram-sha-256",
      `--username=${superuser}`,
      "--pwfile=/dev/stdin",
      "--encoding=UTF8",
      `--locale=${locale}`,
    ];
    const options = { cwd: record.home, env: plainEnvironment, ...ownerOf(record) };
    const { code, said } = await run(join(record.bin, "initdb"), ["-D", data, ...flags], {
      ...options,
      stdio: [file, "ignore", "pipe"],
    });
    if (code === 0) return ok();
    const full = /No space left on device/.test(said);
    return failed({
      code: full ? "no-space" : "resource-failed",
      message: `PostgreSQL ${record.major} could not create its data folder`,
      cause: said.trim().slice(-2_000),
      hint: full
        ? `Free some space in ${record.home}, then run the command again.`
        : "Fix the cause, then run the command again.",
    });
  } finally {
    closeSync(file);
  }
}

/** An opened file without a name: the password is in no list of processes, and nothing of it is left after a kill. */
function passwordFile(record: ServerRecord, password: Secret): number {
  const path = join(record.home, `.${randomBytes(6).toString("hex")}.tmp`);
  const file = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  if (record.uid !== undefined) fchownSync(file, record.uid, record.gid as number);
  // At a place, so that who reads it begins at its beginning.
  writeSync(file, `${password.reveal()}\n`, 0);
  return file;
}

/** For `spawn`: the user that the server's programs run as. */
export function ownerOf({ uid, gid }: ServerRecord): { readonly uid?: number; readonly gid?: number } {
  return uid === undefined || gid === undefined ? {} : { uid, gid };
}

function run(
  file: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    let said = "";
    const child = spawn(file, args, options);
    child.stderr?.on("data", (chunk) => {
      said = `${said}${chunk}`.slice(-20_000);
    });
    child.on("error", (error) => resolve({ code: null, said: error.message }));
    child.on("close", (code) => resolve({ code, said }));
  });
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5 });
}
