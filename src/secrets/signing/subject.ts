import { dirname, relative, sep } from "node:path";

/**
 * What a signature calls a file: its path as seen from the folder of the signers file, with `/`. So a file that was
 * signed for one environment is refused in the place of another's.
 */
export function subjectOf(signersPath: string, file: string): string {
  return relative(dirname(signersPath), file).replaceAll(sep, "/");
}
