import { existsSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../../../files/make-folder.ts";
import { writeFileAtomic } from "../../../files/write-atomic.ts";

/**
 * Writes a file that is committed and holds no plaintext: as open to others as any source file. Where a link leads to it,
 * the link stays. @throws the system's error.
 */
export function writeCommitted(path: string, data: string | Uint8Array, mode = 0o644): void {
  makeFolder(dirname(path), 0o755);
  writeFileAtomic(existsSync(path) ? realpathSync(path) : path, data, mode);
}
