import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { failed, ok, type Result } from "../result.ts";

/** Larger ones are not files of secrets, and would have to be held in memory several times. */
const mostBytes = 32 * 1024 * 1024;

/**
 * A file that somebody else may have put there, such as one of a repository; `undefined` when there is none. One that is no file, such
 * as a link to a device or a pipe, is not waited for. Too large or unreadable: `file-invalid`.
 */
export function readBounded(path: string): Result<Uint8Array> | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return readOpen(path, file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? undefined : unreadable(path, message);
  }
}

function readOpen(path: string, file: number): Result<Uint8Array> {
  const stat = fstatSync(file);
  if (!stat.isFile()) return unreadable(path, "It is not a file");
  return stat.size > mostBytes ? unreadable(path, "It is larger than 32 MiB") : ok(readFileSync(file));
}

function unreadable(path: string, cause: string) {
  return failed({ code: "file-invalid", message: `${path} cannot be read`, file: path, cause });
}
