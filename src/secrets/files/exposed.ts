import { type SopsFile, showPath } from "@tidegate/sops";
import type { Failure } from "../../errors/failure.ts";

/**
 * The values that a file's selector says are encrypted and that stand in plain text, a failure each. No key is needed: whoever
 * added one by hand committed it, and only who has a key would be told.
 */
export function exposedIn({ path: file, leaves }: Pick<SopsFile, "path" | "leaves">): Failure[] {
  return leaves
    .filter(({ isExposed }) => isExposed)
    .map(({ path, line = 1 }) => {
      const message = `${showPath(path)} is in plain text in a secrets file, where it has to be encrypted`;
      const set = `\`tidegate secrets set ${String(path[0])}\``;
      const hint = `Remove it from the file, set it again, ${set}, and replace it wherever it is used: whoever has the repository has this value.`;
      return { code: "secrets-plaintext", message, location: { file, line, column: 1 }, hint };
    });
}
