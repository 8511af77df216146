import { dirname } from "node:path";
import { relativePath } from "../../files/relative-path.ts";

/**
 * What a signature calls a file: its path as seen from the folder of the signers file, with `/`. So a file that was
 * signed for one environment is refused in the place of another's.
 */
export function subjectOf(signersPath: string, file: string): string {
  return relativePath(dirname(signersPath), file);
}
