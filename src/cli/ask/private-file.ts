import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { leftPrefix, privatePlaces, wipeFolder } from "../../secrets/files/left-plaintext.ts";

/**
 * A file for plaintext that only its user can read, gone when it is wiped or the process ends, however it ends: a process of its own waits
 * for that. What even so is left (the machine went down) is wiped by the next command, see `wipeLeft`.
 */
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
  const folder = mkdtempSync(join(placeFor(variables), `${leftPrefix}${process.pid}-`));
  const guard = guardOf(folder);
  const wipe = () => {
    process.off("exit", wipe);
    wipeFolder(folder);
    guard.stdin.end();
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

/**
 * Its input ends when this process does, also by SIGKILL; then it removes the folder. Of its own session, so that what ends the terminal's
 * processes does not end it first.
 */
function guardOf(folder: string) {
  const script = 'cat > /dev/null; rm -rf -- "$1"';
  const guard = spawn("/bin/sh", ["-c", script, "sh", folder], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  // Without a shell the file is as safe as it was: it goes with this process, or by the next command.
  guard.on("error", () => undefined);
  guard.stdin.on("error", () => undefined);
  guard.unref();
  (guard.stdin as Socket).unref();
  return guard;
}

function placeFor(variables: Readonly<Record<string, string | undefined>>): string {
  return privatePlaces(variables).find(isWritableFolder) ?? tmpdir();
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
