import type { ExportedKey } from "./exported.ts";

/**
 * `KEY=value` lines as a POSIX shell reads them (`set -a; . ./file`). Readers of dotenv files, Node's `--env-file` among
 * them, read the same but for one kind of value: one with both a single quote and any of `"`, `$`, `\`, or a backtick, for
 * which they have no common way to write it.
 */
export function toEnv(keys: readonly ExportedKey[]): string {
  return keys.map(({ key, text }) => `${key}=${quote(text)}\n`).join("");
}

function quote(text: string): string {
  if (/^[\w./:@%+,-]*$/.test(text)) return text;
  if (!text.includes("'")) return `'${text}'`;
  if (!/["$`\\]/.test(text)) return `"${text}"`;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
