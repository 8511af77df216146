import { chmodSync, chownSync, lstatSync } from "node:fs";
import type { FoundOutput } from "./list-outputs.ts";

const special = 0o7000;
const executable = 0o111;

/**
 * Takes from an output what no cached result can have: set-user-ID and its like, and on Linux the capabilities of a program.
 * A run then leaves what its hit restores. Gives the output as it is then; `undefined` when the system refuses.
 */
export function withoutPrivileges(projectFolder: string, output: FoundOutput): FoundOutput | undefined {
  const { kind, stat, path } = output;
  if (kind !== "file" && kind !== "folder") return output;
  const file = `${projectFolder}/${path}`;
  const mayHaveMore = kind === "file" && (stat.mode & executable) !== 0 && process.platform === "linux";
  if ((stat.mode & special) === 0 && !mayHaveMore) return output;
  try {
    // The kernel takes capabilities from a file that is given to somebody, were it the same as before.
    if (mayHaveMore) chownSync(file, -1, -1);
    if ((stat.mode & special) !== 0) chmodSync(file, stat.mode & 0o777);
    return { ...output, stat: lstatSync(file) };
  } catch {
    return undefined;
  }
}
