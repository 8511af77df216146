import { accessSync, constants, realpathSync } from "node:fs";

const folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/run/current-system/sw/bin"];

/**
 * A program of the system, by its real path; never one that PATH or the project brings: walls are not built with what
 * stands inside of them. `undefined`: it is not installed.
 */
export function systemProgram(name: string): string | undefined {
  for (const folder of folders) {
    try {
      accessSync(`${folder}/${name}`, constants.X_OK);
      return realpathSync.native(`${folder}/${name}`);
    } catch {
      // Not here.
    }
  }
  return undefined;
}
