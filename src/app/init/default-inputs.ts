import type { Repository } from "./repository.ts";

/**
 * "All files of the package that git does not ignore", as patterns: all files, without what the repository's .gitignore
 * names. A line that cannot be said as a pattern excludes nothing: at worst a task runs once too often. `.env` files stay
 * in, ignored or not: programs read them.
 */
export function defaultInputs(repository: Repository): string[] {
  const names = ignoredNames(repository.read(".gitignore"));
  if (names.length === 0) return ["**"];
  const group = names.length === 1 ? names[0] : `{${names.join(",")}}`;
  return ["**", `!**/${group}`, `!**/${group}/**`];
}

/** Never inputs, or told apart anyhow. */
const known = new Set(["node_modules", ".tidegate", ".git"]);

/** What is ignored wherever it stands. A path counts by its last name only if it is one of a folder at the top. */
function ignoredNames(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const names = lines.flatMap((line) => {
    if (line === "" || line.startsWith("#") || line.startsWith("!")) return [];
    const name = line.replace(/^(\*\*)?\//, "").replace(/(\/\*\*?)?\/*$/, "");
    const isPlain = /^[\w.*@+-]+$/.test(name) && !/^\*+$/.test(name);
    return isPlain && !known.has(name) && !name.startsWith(".env") ? [name] : [];
  });
  return [...new Set(names)];
}
