import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
  /** Where its standard output goes. */
  readonly output: string;
}

/** The running processes that work in a folder, or whose output goes to a file in it; not those that look (this one). */
export function processesIn(folder: string): FoundProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const output = readLink(`/proc/${name}/fd/1`);
      const isThere = [readLink(`/proc/${name}/cwd`), output].some((path) => path.startsWith(`${folder}/`));
      return isThere && !isZombie(name) ? [{ pid: Number(name), command: commandOf(name), output }] : [];
    });
}

function isZombie(pid: string): boolean {
  return /\) [ZX] /.test(read(`/proc/${pid}/stat`));
}

function commandOf(pid: string): string {
  return read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
}

function readLink(path: string): string {
  try {
    // A file that was removed is still named.
    return readlinkSync(path).replace(/ \(deleted\)$/, "");
  } catch {
    return "";
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
