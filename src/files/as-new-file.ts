import { closeSync, fsyncSync, linkSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { failed, type Result } from "../errors/result.ts";
import { fileFailure } from "./file-failure.ts";
import { syncFolder } from "./sync-folder.ts";

/**
 * Makes a file of which nothing is there before all of it is, on disk and private to the user: `write` gets an empty
 * file beside its place (SQLite takes one for a new database). Fails with `file-exists` when something is in the place, with
 * `not-writable` or `no-space`, or as `write` does; nothing is left behind then.
 */
export async function asNewFile<T>(
  to: string,
  write: (beside: string) => Promise<Result<T>> | Result<T>,
): Promise<Result<T>> {
  const beside = `${to}.${process.pid}.part`;
  try {
    rmSync(beside, { force: true });
    // Made first, for its mode.
    closeSync(openSync(beside, "wx", 0o600));
    const written = await write(beside);
    if (!written.ok) return written;
    const handle = openSync(beside, "r");
    fsyncSync(handle);
    closeSync(handle);
    // Unlike a rename, a link refuses when somebody made the file meanwhile.
    linkSync(beside, to);
    syncFolder(dirname(to));
    return written;
  } catch (error) {
    return refused(error, to);
  } finally {
    rmSync(beside, { force: true });
  }
}

function refused(error: unknown, to: string): Result<never> {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EEXIST")
    return failed({ code: "file-exists", message: `${to} already exists`, hint: "Name a new file." });
  if (code === "ENOENT" || code === "ENOTDIR")
    return failed({ code: "not-writable", message: `The folder of ${to} does not exist`, hint: "Create it first." });
  const failure = fileFailure(error, to);
  if (failure === undefined) throw error;
  return failed(failure);
}
