import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { Secret } from "../../../secrets/secret.ts";
import type { Login } from "../client/connect.ts";
import type { UrlParts } from "../client/url.ts";

/** Which database `pg_dump` and `pg_restore` go to. */
export interface Target {
  /** Of libpq, by keyword, without the password. Some of them are as secret: `sslpassword`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly password: Secret;
  /** Where the program is started: the connection may name the folder that it is in. */
  readonly folder: string;
}

/** The way to a database of the project's own server: by its socket, however long the path to it is. */
export function socketTarget(login: Login): Target {
  const host = process.platform === "linux" ? "/proc/self/cwd" : login.host;
  const settings = { host, port: String(login.port), user: login.user, dbname: login.database };
  return { settings, password: login.password, folder: login.host };
}

/** The way to a database by its URL. */
export function urlTarget(url: UrlParts, folder: string): Target {
  const { host, port, user, password, database: dbname, settings } = url;
  return { settings: { ...settings, host, port, user, dbname }, password: new Secret(password), folder };
}

export interface ProgramOptions {
  readonly signal: AbortSignal;
  /** The folder that what it does takes space in. */
  readonly fills: string;
}

/**
 * Runs a program of PostgreSQL to its end, with a database or without one. The way in, password included, comes to it in
 * opened files without a name: nothing of it is in arguments or environment, and nothing is left after a kill.
 *
 * @throws the system's error.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  target: Target | undefined,
  { signal, fills }: ProgramOptions,
): Promise<Result<void>> {
  const passwords = namelessFile(passwordLine(target?.password ?? new Secret("")));
  const services = namelessFile(serviceLines(target?.settings ?? {}));
  const way = target === undefined ? [] : ["--no-password", "--dbname", "service=tidegate"];
  const env = {
    PATH: process.env.PATH ?? "/usr/bin:/bin",
    LC_ALL: "C",
    TZ: "UTC",
    PGPASSFILE: "/dev/fd/3",
    PGSERVICEFILE: "/dev/fd/4",
    PGAPPNAME: "tidegate",
  };
  try {
    const child = spawn(file, [...way, ...args], {
      stdio: ["ignore", "ignore", "pipe", passwords, services],
      ...(target === undefined ? {} : { cwd: target.folder }),
      env,
      signal,
    });
    let said = "";
    child.stderr?.on("data", (chunk) => {
      said = `${said}${chunk}`.slice(-20_000);
    });
    const code = await new Promise<number | null>((resolve) => {
      child.on("error", (error) => {
        said += error.message;
      });
      child.on("close", resolve);
    });
    return code === 0 ? ok() : ended(file, said, fills);
  } finally {
    for (const file of [passwords, services]) closeSync(file);
  }
}

function ended(file: string, said: string, fills: string): Result<never> {
  const program = file.slice(file.lastIndexOf("/") + 1);
  // Other lines show statements and rows.
  const errors = said.split("\n").filter((line) => /error:|^The operation was aborted/.test(line));
  const cause = errors.slice(0, 10).join("\n") || `${program} ended early.`;
  if (/No space left on device/.test(said)) {
    const hint = `Free some space in ${fills}, then run the command again. No half-written file was kept.`;
    return failed({ code: "no-space", message: `No space left for ${program} in ${fills}`, cause, hint });
  }
  const isAway = /connection to server .* failed|server closed the connection/.test(said);
  const hint = "Fix the cause, then run the command again. Nothing was changed.";
  return failed({
    code: isAway ? "resource-unreachable" : "resource-failed",
    message: `${program} failed`,
    cause,
    hint,
  });
}

/** The form of libpq's password file: any host, port, database and user. */
function passwordLine(password: Secret): string {
  return `*:*:*:*:${password.reveal().replaceAll(/[\\:]/g, "\\$&")}\n`;
}

/** The form of libpq's service file. */
function serviceLines(settings: Target["settings"]): string {
  const lines = Object.entries(settings).filter(([, value]) => value !== "");
  return ["[tidegate]", ...lines.map(([key, value]) => `${key}=${value}`), ""].join("\n");
}

function namelessFile(text: string): number {
  const path = join(tmpdir(), `.${randomBytes(12).toString("hex")}`);
  const file = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  writeSync(file, text, 0);
  return file;
}
