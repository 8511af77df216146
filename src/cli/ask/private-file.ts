import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

/** A file for plaintext that only its user can read, gone when it is wiped or the process ends, however it ends but by SIGKILL. */
export interface PrivateFile {
  readonly path: string;
  /** `undefined`: it is not there any more. */
  read(): Uint8Array | undefined;
  /** Overwrites and removes it and whatever an editor left beside it. May be called twice. */
  wipe(): void;
}

/** In memory where the system has a place for that; 0600 in a folder of its own, 0700. `name` keeps its ending for editors. */
export function privateFile(
  name: string,
  bytes: Uint8Array,
  variables: Readonly<Record<string, string | undefined>>,
): PrivateFile {
  const folder = mkdtempSync(join(placeFor(variables), "tidegate-secrets-"));
  const wipe = () => {
    process.off("exit", wipe);
    wipeFolder(folder);
  };
  // The last thing that runs, also after a second Ctrl-C and after a bug.
  process.on("exit", wipe);
  const path = join(folder, basename(name));
  try {
    writeFileSync(path, bytes, { mode: 0o600, flag: "wx" });
  } catch (error) {
    wipe();
    throw error;
  }
  return { path, wipe, read: () => (existsSync(path) ? readFileSync(path) : undefined) };
}

/** Linux's memory file systems first; elsewhere the folder for temporary files. */
function placeFor({ XDG_RUNTIME_DIR }: Readonly<Record<string, string | undefined>>): string {
  const places = process.platform === "linux" ? ["/dev/shm", XDG_RUNTIME_DIR ?? ""] : [];
  return places.find(isWritableFolder) ?? tmpdir();
}

function isWritableFolder(path: string): boolean {
  if (path === "") return false;
  try {
    rmSync(mkdtempSync(join(path, "tidegate-")), { recursive: true });
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function wipeFolder(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) overwrite(join(entry.parentPath, entry.name));
    }
  } catch {
    // Gone already.
  }
  rmSync(folder, { recursive: true, force: true });
}

function overwrite(path: string): void {
  try {
    // A link that was put there must not lead elsewhere.
    const file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    try {
      writeSync(file, Buffer.alloc(fstatSync(file).size), 0, undefined, 0);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch {
    // It is removed in any case.
  }
}
