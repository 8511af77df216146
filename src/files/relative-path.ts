import { relative, sep } from "node:path";

/** A file as seen from a folder, with `/` on every system: for what is compared, matched or committed. */
export function relativePath(folder: string, file: string): string {
  return relative(folder, file).replaceAll(sep, "/");
}
