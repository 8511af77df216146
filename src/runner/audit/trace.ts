import { resolve } from "node:path";

/** What the processes of a task did to files; absolute paths, without links where the kernel told. */
export interface Trace {
  /** Read before the task had written it. */
  readonly read: ReadonlySet<string>;
  /** Written, made, moved, removed, or given another mode. */
  readonly written: ReadonlySet<string>;
  /** Of those that were written: removed or moved away, though it was there before the task. */
  readonly removed: ReadonlySet<string>;
  /** Folders of which the names were read. */
  readonly listed: ReadonlySet<string>;
}

/** The system calls that `parseTrace` understands; not every machine has all of them. */
export const tracedCalls = [
  [
    "open",
    "openat",
    "openat2",
    "creat",
    "execve",
    "execveat",
    "chdir",
    "truncate",
    "mkdir",
    "mkdirat",
    "rmdir",
    "unlink",
  ],
  ["unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "getdents", "getdents64"],
  ["chmod", "fchmod", "fchmodat", "fchmodat2"],
].flatMap((names) => names.map((name) => `?${name}`));

const quoted = /(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g;
const writes = /^(truncate|mkdir|rmdir|unlink|rename|link|symlink|chmod|fchmod)(at2?)?$/;

interface Changing {
  readonly read: Set<string>;
  readonly written: Set<string>;
  readonly removed: Set<string>;
  readonly listed: Set<string>;
}

/** One call that succeeded. */
interface Call {
  readonly at: number;
  readonly name: string;
  readonly line: string;
  /** The paths in its arguments, in order. */
  readonly paths: readonly string[];
  /** What its first argument or its result stands for. */
  readonly opened: string;
}

/**
 * Reads what `strace -ff -ttt -y` wrote, one text per process. `folder`: where the first process began. Files that are only
 * asked for (stat, access) do not count.
 */
export function parseTrace(texts: Iterable<string>, folder: string): Trace {
  const trace = {
    read: new Set<string>(),
    written: new Set<string>(),
    removed: new Set<string>(),
    listed: new Set<string>(),
  };
  const calls = [...texts].flatMap((text) => callsOf(text, folder));
  // Who read first is told by the time alone: each process has a text of its own.
  for (const call of calls.sort((a, b) => a.at - b.at)) add(call, trace);
  return trace;
}

function callsOf(text: string, folder: string): Call[] {
  let cwd = folder;
  return text.split("\n").flatMap((whole) => {
    const [, at = "0", line = ""] = /^(\d+\.\d+)? *(.*)$/.exec(whole) ?? [];
    const name = /^(\w+)\(/.exec(line)?.[1];
    const result = /\)\s+= (\d+)(?:<(.*)>)?(?:\s.*)?$/.exec(line);
    if (name === undefined || result === null) return [];
    cwd = /AT_FDCWD<([^>]*)>/.exec(line)?.[1] ?? cwd;
    const paths = [...line.matchAll(quoted)].map(([, from, path]) => resolve(plain(from ?? cwd), plain(path!)));
    if (name === "chdir") cwd = paths[0] ?? cwd;
    const opened = plain(result[2] ?? /^\w+\(\d+<([^>]*)>/.exec(line)?.[1] ?? "");
    return [{ at: Number(at), name, line, paths, opened }];
  });
}

function add({ name, line, paths, opened }: Call, trace: Changing): void {
  if (name.startsWith("execve")) read(paths[0]!, trace);
  else if (/^(open|creat)/.test(name)) addOpened(line, name, opened, trace);
  else if (name.startsWith("getdents")) trace.listed.add(opened);
  else if (name === "fchmod") trace.written.add(opened);
  else if (writes.test(name)) {
    for (const path of removedBy(name, paths)) if (!trace.written.has(path)) trace.removed.add(path);
    for (const path of changedBy(name, paths)) trace.written.add(path);
  }
}

function read(path: string, { read: found, written }: Changing): void {
  if (!written.has(path)) found.add(path);
}

function addOpened(line: string, call: string, opened: string, trace: Changing): void {
  if (!opened.startsWith("/") || /\bO_(DIRECTORY|PATH|TMPFILE)\b/.test(line)) return;
  const path = opened.replace(/ \(deleted\)$/, "");
  const isWritten = call === "creat" || /\bO_(WRONLY|RDWR|CREAT|TRUNC)\b/.test(line);
  // What may be made by opening it need not have been there to be read.
  const isRead = !isWritten || (/\bO_RDWR\b/.test(line) && !/\bO_(CREAT|TRUNC)\b/.test(line));
  if (isRead) read(path, trace);
  if (isWritten) trace.written.add(path);
}

/** A link's target is not touched by making the link; moving changes both places. */
function changedBy(call: string, paths: readonly string[]): readonly string[] {
  return call.includes("link") && !call.startsWith("unlink") ? paths.slice(-1) : paths;
}

function removedBy(call: string, paths: readonly string[]): readonly string[] {
  return /^(unlink|rmdir|rename)/.test(call) ? paths.slice(0, 1) : [];
}

/** Undoes the escapes of C, bytes as octal numbers among them. */
function plain(text: string): string {
  if (!text.includes("\\")) return text;
  const letters: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", v: "\v", f: "\f" };
  const bytes = text.replace(/\\([0-7]{1,3}|.)/g, (_, escaped: string) =>
    /^[0-7]/.test(escaped) ? String.fromCharCode(Number.parseInt(escaped, 8)) : (letters[escaped] ?? escaped),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
