import { type FileHandle, open } from "node:fs/promises";
import { failed, ok, type Result } from "../result.ts";

/** Keys are short; more is the wrong file. */
const mostBytes = 1024 * 1024;

/** `own`: only its user may be able to read it. */
export type KeyFileCare = "own" | "any";

/**
 * A file with keys, as text; `undefined` when there is none. It may be a pipe (`<(…)`) unless it is an own one.
 * Unreadable, too long or, for an own one, open to others: `keys-unusable`, `keys-exposed`.
 */
export async function readKeyFile(
  path: string,
  origin: string,
  care: KeyFileCare,
): Promise<Result<string | undefined>> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? ok(undefined) : refuse(origin, `It cannot be read (${code})`);
  }
  try {
    if (care === "own" && (await isOpenToOthers(file))) return refuseOpen(path);
    return await readAll(file, origin);
  } catch (error) {
    return refuse(origin, `It cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`);
  } finally {
    await file.close();
  }
}

async function isOpenToOthers(file: FileHandle): Promise<boolean> {
  if (process.platform === "win32") return false;
  const { mode } = await file.stat();
  return (mode & 0o077) !== 0;
}

async function readAll(file: FileHandle, origin: string): Promise<Result<string>> {
  const chunks: Buffer[] = [];
  for (let length = 0; length <= mostBytes; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, null);
    if (bytesRead === 0) return ok(Buffer.concat(chunks).toString("utf8"));
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return refuse(origin, "It is longer than 1 MiB");
}

function refuseOpen(path: string) {
  const message = `Others on this machine can read the key in ${path}`;
  const hint = `Run \`chmod 600 ${path}\`; if others could have read it, renew the key as well.`;
  return failed({ code: "keys-exposed", message, hint });
}

function refuse(origin: string, cause: string) {
  return failed({ code: "keys-unusable", message: `The keys of ${origin} cannot be used`, cause });
}
