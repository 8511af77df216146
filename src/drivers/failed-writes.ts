/**
 * What a process wrote when it could not write into its release: the words of Node, Python, SQLite, Go, Java, Ruby, and
 * of shells. They stand in the same line as the path, if it is told at all.
 */
const refusals =
  /EROFS|EACCES|EPERM|read-only file system|permission denied|operation not permitted|attempt to write a readonly database|SQLITE_READONLY|SQLITE_CANTOPEN|unable to open database file|AccessDenied|ReadOnlyFileSystem/i;
/** SQLite names no file. */
const nameless = /readonly database|SQLITE_READONLY|SQLITE_CANTOPEN|unable to open database file/i;
/** Whatever may be a path: quoted, or up to a space or colon. */
const quoted = /(["'`])((?:(?!\1).)+)\1/g;
const bare = /(?:^|[\s(=[])([^\s"'`()[\],;:]*\/[^\s"'`()[\],;:]*)/g;

/**
 * What of the release a process could not write to, from the lines that it wrote: paths relative to the release. Empty: it was
 * something that names no path. `undefined`: nothing says that it was that.
 */
export function failedWrites(lines: readonly string[], release: string): readonly string[] | undefined {
  const refused = lines.filter((line) => refusals.test(line));
  const paths = new Set(refused.flatMap((line) => candidates(line).flatMap((path) => inRelease(path, release))));
  if (paths.size > 0) return [...paths].sort();
  return refused.some((line) => nameless.test(line)) ? [] : undefined;
}

/** The line that makes what is written to be declared, as part of a sentence for people. */
export function writesLine(paths: readonly string[]): string {
  const folders = [...new Set(paths.map(folderOf))].sort();
  const list = folders.length === 0 ? '"the-folder/"' : folders.map((folder) => JSON.stringify(folder)).join(", ");
  return `A release is read-only. Let the service say where it writes, then ship again: service({ …, writes: [${list}] }), or write to the folder in TIDEGATE_DATA_DIR.`;
}

/** A file at the top of the release is in no folder that could be declared alone. */
function folderOf(path: string): string {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.length > 1 ? `${parts.slice(0, -1).join("/")}/` : `${parts[0]}/`;
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
