import { resolve } from "node:path";

/** What the processes of a task did to files; absolute paths, without links where the kernel told. */
export interface Trace {
  readonly read: ReadonlySet<string>;
  /** Written, made, moved or removed. */
  readonly written: ReadonlySet<string>;
}

/** The system calls that `parseTrace` understands. */
export const tracedCalls = [
  "open,openat,openat2,creat,execve,execveat,chdir,truncate,mkdir,mkdirat,rmdir,unlink,unlinkat",
  "rename,renameat,renameat2,link,linkat,symlink,symlinkat",
].join(",");

const quoted = /(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g;
const writes = /^(truncate|mkdir|rmdir|unlink|rename|link|symlink)(at2?)?$/;

/**
 * Reads what `strace -ff -y` wrote, one text per process. `folder`: where the first process began. Files that are only
 * asked for (stat, access) and folders that are listed do not count.
 */
export function parseTrace(texts: Iterable<string>, folder: string): Trace {
  const trace = { read: new Set<string>(), written: new Set<string>() };
  for (const text of texts) addProcess(text, folder, trace);
  return trace;
}

function addProcess(text: string, folder: string, trace: { read: Set<string>; written: Set<string> }): void {
  let cwd = folder;
  for (const line of text.split("\n")) {
    const call = /^(\w+)\(/.exec(line)?.[1];
    const result = /\)\s+= (\d+)(?:<(.*)>)?(?:\s.*)?$/.exec(line);
    if (call === undefined || result === null) continue;
    cwd = /AT_FDCWD<([^>]*)>/.exec(line)?.[1] ?? cwd;
    const paths = [...line.matchAll(quoted)].map(([, from, path]) => resolve(plain(from ?? cwd), plain(path!)));
    if (call === "chdir") cwd = paths[0] ?? cwd;
    else if (call.startsWith("execve")) trace.read.add(paths[0]!);
    else if (/^(open|creat)/.test(call)) addOpened(line, call, plain(result[2] ?? ""), trace);
    else if (writes.test(call)) for (const path of changedBy(call, paths)) trace.written.add(path);
  }
}

function addOpened(line: string, call: string, path: string, trace: { read: Set<string>; written: Set<string> }): void {
  if (!path.startsWith("/") || /\bO_(DIRECTORY|PATH|TMPFILE)\b/.test(line)) return;
  const isWritten = call === "creat" || /\bO_(WRONLY|RDWR|CREAT|TRUNC)\b/.test(line);
  (isWritten ? trace.written : trace.read).add(path.replace(/ \(deleted\)$/, ""));
}

/** A link's target is not touched by making the link; moving changes both places. */
function changedBy(call: string, paths: readonly string[]): readonly string[] {
  return call.includes("link") && !call.startsWith("unlink") ? paths.slice(-1) : paths;
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
