/** What SOPS can encrypt, by the file's ending. INI is not among them: see `formatOf`. */
export type SopsFormat = "yaml" | "json" | "dotenv" | "binary";

/** The format SOPS takes a file for; undefined for `.ini`, which it knows and this library does not. */
export function formatOf(path: string): SopsFormat | undefined {
  if (/\.ya?ml$/.test(path)) return "yaml";
  if (path.endsWith(".json")) return "json";
  if (path.endsWith(".env")) return "dotenv";
  return path.endsWith(".ini") ? undefined : "binary";
}
