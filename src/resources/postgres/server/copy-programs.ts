import { randomBytes } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { Programs } from "./programs.ts";

/**
 * Copies npm's programs to a folder of Tidegate's, whole or not at all, and resolves with their `bin`: a server must go on
 * when somebody removes `node_modules`, packages may lie where the server's user cannot look, and their links are missing
 * where no script was run. One that is there stays. Programs of the machine stay where they are.
 *
 * @throws the system's error; give it to `guardDisk`.
 */
export function copiedPrograms(programs: Programs, parent: string): string {
  if (programs.packaged === undefined) return programs.bin;
  const { native, version } = programs.packaged;
  const folder = join(parent, `programs-${version.replaceAll(/[^A-Za-z0-9.-]/g, "_")}`);
  if (!existsSync(folder)) copy(native, folder);
  return join(folder, "bin");
}

function copy(native: string, folder: string): void {
  const fresh = `${folder}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    mkdirSync(fresh, { mode: 0o755 });
    cpSync(native, fresh, { recursive: true, verbatimSymlinks: true });
    for (const { source, target } of links(native)) link(fresh, source, target);
    for (const name of readdirSync(join(fresh, "bin"))) chmodSync(join(fresh, "bin", name), 0o755);
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Somebody else was faster, with the same.
    if (!existsSync(folder)) throw error;
  }
}

/** What the package's own script would link: `native/lib/libpq.so.5` to `native/lib/libpq.so.5.18`. */
function links(native: string): readonly { readonly source: string; readonly target: string }[] {
  const list = join(native, "pg-symlinks.json");
  return existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : [];
}

function link(folder: string, source: string, target: string): void {
  const [from, to] = [source, target].map((path) => resolve(folder, path.slice(path.indexOf("/") + 1))) as [
    string,
    string,
  ];
  if (![from, to].every((path) => path.startsWith(folder + sep))) return;
  rmSync(to, { force: true });
  symlinkSync(relative(dirname(to), join(dirname(from), basename(from))), to);
}
