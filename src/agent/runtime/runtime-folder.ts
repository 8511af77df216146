import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, realpathSync, statSync, utimesSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { failed, ok, type Result } from "../../errors/result.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { statePaths } from "../../files/state-paths.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import { spoolFolder } from "./spool-place.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** With `/gateway.sock.lock` behind it a longer one would not fit a socket's address. */
const longestPath = 85;
const keyBytes = 32;
/** In the runtime folder: the path of the state that it belongs to. */
const ownerFile = "state";

/**
 * The folder of a project that does not outlive the machine's uptime: sockets, and the key of sealed values. Another
 * user cannot have made it: it must be a folder of this user's with mode 0700. Which one it is stands in the state,
 * because callers with different environments (a login, a timer) must meet at the same sockets.
 *
 * @throws the system's error when the state cannot be written; give it to `fileFailure`.
 */
export function runtimeFolder(stateFolder: string, variables: Variables): Result<string> {
  const known = findRuntimeFolder(stateFolder);
  if (known !== undefined) {
    if (ownerOf(known) !== realpathSync(stateFolder)) claimRuntimeFolder(known, stateFolder);
    return ok(known);
  }
  const own = usualRuntimeFolder(stateFolder, variables);
  for (const folder of [dirname(own), own]) {
    const made = makePrivate(folder);
    if (!made.ok) return made;
  }
  claimRuntimeFolder(own, stateFolder);
  writeFileAtomic(statePaths(stateFolder).runtimeRecord, `${own}\n`);
  return ok(own);
}

/**
 * Says in the folder which state it belongs to: a state that is moved keeps it, with what runs behind its sockets, and
 * the copy of a state does not get it. @throws the system's error.
 */
export function claimRuntimeFolder(folder: string, stateFolder: string): void {
  writeFileAtomic(join(folder, ownerFile), `${realPath(stateFolder)}\n`);
}

/** Where the folder of a state is unless its callers began elsewhere. The state need not be there any more. */
export function usualRuntimeFolder(stateFolder: string, variables: Variables): string {
  return join(baseFolder(variables), `tidegate-${userId()}`, nameOf(stateFolder));
}

/**
 * The folder if there is one already; changes nothing. Where the state's own record of it is lost or wrong, the agent's
 * socket says where it is: what runs behind it must not seem to be gone.
 */
export function findRuntimeFolder(stateFolder: string): string | undefined {
  const { runtimeRecord, agentRecord } = statePaths(stateFolder);
  const recorded = readTextIfThere(runtimeRecord, { forgive: "everything" })?.trimEnd();
  if (recorded !== undefined && isUsable(recorded) && belongsTo(recorded, stateFolder)) return recorded;
  const socket = /"socket":"([^"\\]+)"/.exec(readTextIfThere(agentRecord, { forgive: "everything" }) ?? "")?.[1];
  const beside = socket === undefined ? undefined : dirname(socket);
  return beside !== undefined && isUsable(beside) && ownerOf(beside) === realPath(stateFolder) ? beside : undefined;
}

/** A path that is none of the system's is not a folder of ours. */
function isUsable(path: string): boolean {
  try {
    return isAbsolute(path) && isPrivate(path);
  } catch {
    return false;
  }
}

/** The record of a copied state names the original's. One whose state is elsewhere by now has been moved with it. */
function belongsTo(path: string, stateFolder: string): boolean {
  const owner = ownerOf(path);
  // Written by the version before: it goes by its name.
  if (owner === undefined) return path.endsWith(`/${nameOf(stateFolder)}`);
  if (owner === realPath(stateFolder)) return true;
  const original = readTextIfThere(statePaths(owner).runtimeRecord, { forgive: "everything" });
  return original?.trimEnd() !== path;
}

function ownerOf(folder: string): string | undefined {
  return readTextIfThere(join(folder, ownerFile), { forgive: "everything" })?.trimEnd();
}

/** Tells programs that tidy /tmp that the folder is in use. */
export function keepFresh(folder: string): void {
  const now = new Date();
  // A service that has not written for days may still have a lot to say.
  const spools = readdirIfThere(spoolFolder(folder)).map((name) => join(spoolFolder(folder), name));
  for (const path of [
    folder,
    join(folder, "key"),
    join(folder, ownerFile),
    spoolFolder(folder),
    ...spools,
    ...privateFilesIn(folder),
  ]) {
    try {
      utimesSync(path, now, now);
    } catch {
      // It is gone already.
    }
  }
}

/** Where processes find the files that are for them alone. */
export function filesFolder(folder: string): string {
  return join(folder, "files");
}

/** With the folders they are in. */
function privateFilesIn(folder: string): string[] {
  try {
    const below = readdirSync(filesFolder(folder), { recursive: true, encoding: "utf8" });
    return [filesFolder(folder), ...below.map((path) => join(filesFolder(folder), path))];
  } catch {
    return [];
  }
}

function readdirIfThere(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** The key of sealed values, made when there is none. Lost with the machine's next start, on purpose. */
export function sealingKey(folder: string): Uint8Array {
  const path = join(folder, "key");
  const known = readSealingKey(folder);
  if (known !== undefined) return known;
  const key = randomBytes(keyBytes);
  writeFileAtomic(path, key, 0o600);
  return key;
}

/** The key if there is one. @throws the system's error when it cannot be read. */
export function readSealingKey(folder: string): Uint8Array | undefined {
  try {
    const key = readFileSync(join(folder, "key"));
    return key.length === keyBytes ? key : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}

function nameOf(stateFolder: string): string {
  return createHash("sha256").update(realPath(stateFolder)).digest("hex").slice(0, 16);
}

/** Also of a folder that is not there (any more, or yet). */
export function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return dirname(folder) === folder ? folder : join(realPath(dirname(folder)), basename(folder));
  }
}

/** The session's own folder, if it really is this user's and its path is short enough; otherwise /tmp. */
function baseFolder({ XDG_RUNTIME_DIR: base }: Variables): string {
  if (base === undefined || !isAbsolute(base) || base.length + 32 > longestPath) return "/tmp";
  const found = statSync(base, { throwIfNoEntry: false });
  return found?.isDirectory() && found.uid === userId() ? base : "/tmp";
}

function makePrivate(folder: string): Result<void> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const known = fileFailure(error, folder);
    if (known !== undefined) return failed(known);
    // A file that is in the way is the case below.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  if (isPrivate(folder)) return ok();
  return failed({
    code: "not-writable",
    message: `${folder} is not a private folder of this user`,
    cause: "Sockets and keys go there, so nobody else may have created it or be able to read it.",
    hint: `Remove it or, if it is yours, make it private: chmod 700 ${folder}`,
  });
}

/** Not through a link: it could be anybody's. */
function isPrivate(folder: string): boolean {
  const found = lstatIfThere(folder);
  return found?.isDirectory() === true && found.uid === userId() && (found.mode & 0o077) === 0;
}

function userId(): number {
  return process.getuid?.() ?? 0;
}
