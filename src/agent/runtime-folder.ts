import { createHash, randomBytes } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { failed, ok, type Result } from "../errors/result.ts";
import { writeFileAtomic } from "../files/write-atomic.ts";

/**
 * The folder of a project that does not outlive the machine's uptime: sockets, and the key of sealed values. Its path
 * is short, because a Unix socket's path may have no more than about 100 bytes. Another user cannot have made it:
 * it must be a folder of this user's with mode 0700.
 */
export function runtimeFolder(
  stateFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Result<string> {
  const user = process.getuid?.() ?? 0;
  const base = environment.XDG_RUNTIME_DIR ?? "/tmp";
  const shared = join(base, `tidegate-${user}`);
  const own = join(shared, createHash("sha256").update(stateFolder).digest("hex").slice(0, 16));
  for (const folder of [shared, own]) {
    const made = makePrivate(folder, user);
    if (!made.ok) return made;
  }
  return ok(own);
}

function makePrivate(folder: string, user: number): Result<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === user && (found.mode & 0o077) === 0) return ok();
  return failed({
    code: "not-writable",
    message: `${folder} is not a private folder of this user`,
    cause: "Sockets and keys go there, so nobody else may have made or may read it.",
    hint: `Remove it, or make it private: chmod 700 ${folder}`,
  });
}

/** The key of sealed values, made when there is none. Lost with the machine's next start, on purpose. */
export function sealingKey(folder: string): Uint8Array {
  const path = join(folder, "key");
  try {
    return readFileSync(path);
  } catch {
    const key = randomBytes(32);
    writeFileAtomic(path, key, 0o600);
    return key;
  }
}
