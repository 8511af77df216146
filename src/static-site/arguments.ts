/** How the server of static files is called: `<folder> [--base=/docs] [--fallback=index.html] [--immutable=assets/] [pattern …]`. */
export interface StaticArguments {
  readonly folder: string;
  /** The path that the site is served under: "/", "/docs". */
  readonly base: string;
  /** The file that answers for paths that are no files. */
  readonly fallback?: string;
  /** Folders of files whose names change with their content, each with a slash at its end. */
  readonly immutable: readonly string[];
  /** Only files that match one of these are served. None: all. */
  readonly patterns: readonly string[];
}

/** `undefined`: it was not called by somebody who knows how. */
export function parseArguments(words: readonly string[]): StaticArguments | undefined {
  const [folder, ...rest] = words;
  if (folder === undefined || folder.startsWith("--")) return undefined;
  const all = (name: string) =>
    rest.flatMap((word) => (word.startsWith(`--${name}=`) ? [word.slice(name.length + 3)] : []));
  const [base = "/"] = all("base");
  const [fallback] = all("fallback");
  const patterns = rest.filter((word) => !word.startsWith("--"));
  return { folder, base, ...(fallback !== undefined && { fallback }), immutable: all("immutable"), patterns };
}
