import { outermost } from "../files/outermost.ts";

/**
 * What a process wrote when it could not write into its release: the words of Node, Python, SQLite, Go, Java, Ruby, and
 * of shells. They stand in the same line as the path, if it is told at all.
 */
const refusals =
  /EROFS|EACCES|EPERM|read-only file system|permission denied|operation not permitted|attempt to write a readonly database|SQLITE_READONLY|SQLITE_CANTOPEN|unable to open database file|AccessDenied|ReadOnlyFileSystem/i;
/** What Node says when a folder with those above it cannot be made on a read-only disk. */
const refusedFolder = /ENOENT[^\n]*\bmkdir\b/;
/** Who makes a folder names the folder itself. */
const makesFolder = /\bmkdir\b|create directory|make_?dirs?\b/i;
/** SQLite names no file. */
const nameless = /readonly database|SQLITE_READONLY|SQLITE_CANTOPEN|unable to open database file/i;
/** Whatever may be a path: quoted, or up to a space or colon. */
const quoted = /(["'`])((?:(?!\1).)+)\1/g;
const bare = /(?:^|[\s(=[])([^\s"'`()[\],;:]*\/[^\s"'`()[\],;:]*)/g;

/**
 * What of the release a process could not write to, from the lines that it wrote: paths relative to the release, folders with a
 * slash at their end. Empty: it was something that names no path. `undefined`: nothing says that it was that.
 */
export function failedWrites(lines: readonly string[], release: string): readonly string[] | undefined {
  const refused = lines.filter((line) => refusals.test(line) || refusedFolder.test(line));
  const paths = new Set(refused.flatMap((line) => pathsIn(line, release)));
  if (paths.size > 0) return [...paths].sort();
  return refused.some((line) => nameless.test(line)) ? [] : undefined;
}

function pathsIn(line: string, release: string): string[] {
  const paths = candidates(line).flatMap((path) => inRelease(path, release));
  return makesFolder.test(line) ? paths.map((path) => path.replace(/\/*$/, "/")) : paths;
}

/** The line that makes what is written to be declared, as part of a sentence for people. */
export function writesLine(paths: readonly string[]): string {
  const outer = outermost(paths.map(writableOf));
  const list = outer.length === 0 ? '"a-folder/"' : outer.map((path) => JSON.stringify(path)).join(", ");
  return [
    `A release is read-only. Let the service say where it writes, then ship again: service({ …, writes: [${list}] })`,
    "It should be a folder of its own, or a single file: what releases ship there is only its first content. Or write to TIDEGATE_DATA_DIR.",
  ].join("\n");
}

/** The folder that a file is in; at the top of the release the file itself. What SQLite writes beside it goes with it. */
function writableOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1) || path.replace(/-(wal|shm|journal)$/, "");
}

function candidates(line: string): string[] {
  return [...line.matchAll(quoted)]
    .map((match) => match[2] ?? "")
    .concat([...line.matchAll(bare)].map((match) => match[1] ?? ""));
}

/** Wherever releases lie, their folder is named by their digest; a relative path begins there. */
function inRelease(path: string, release: string): string[] {
  const name = `/${release.replace("sha256:", "")}/`;
  const at = path.indexOf(name);
  if (at >= 0) return [path.slice(at + name.length)].filter((rest) => rest !== "");
  const isRelative = path.includes("/") && !/^[/~]|^\w+:|\.\.|^[<[]|\s/.test(path);
  return isRelative ? [path.replace(/^(\.\/)+/, "")] : [];
}
