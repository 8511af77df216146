/** What a request's target asks for: the names of its path, decoded, and whether it ends in a slash. */
export interface RequestPath {
  readonly names: readonly string[];
  readonly isFolder: boolean;
  /** The path as it was sent, and what follows it: "?page=2", or "". */
  readonly raw: string;
  readonly query: string;
}

/**
 * The names in a request's target; `undefined` when it is none that a file could answer: an escape that is damaged, a name
 * that leads elsewhere (`..`, a slash or a backslash in an escape, NUL), or an empty one.
 */
export function requestPath(target: string): RequestPath | undefined {
  if (!target.startsWith("/")) return undefined;
  const [raw = "", ...more] = target.split("?");
  const query = more.length === 0 ? "" : `?${more.join("?")}`;
  const parts = raw.slice(1).split("/");
  const isFolder = parts.at(-1) === "";
  const names: string[] = [];
  for (const part of isFolder ? parts.slice(0, -1) : parts) {
    const name = decoded(part);
    if (name === undefined || name === "" || name === "." || name === ".." || /[/\\\0]/.test(name)) return undefined;
    names.push(name);
  }
  return { names, isFolder, raw, query };
}

/** Hidden files are nobody's business, but for the folder that is there to be asked for. */
export function isHidden(names: readonly string[]): boolean {
  return names.some((name, index) => name.startsWith(".") && !(index === 0 && name === ".well-known"));
}

/** The path behind the base that the site is served under; `undefined` when it is not below it. */
export function withoutBase(path: RequestPath, base: readonly string[]): RequestPath | undefined {
  if (base.some((name, index) => path.names[index] !== name)) return undefined;
  return { ...path, names: path.names.slice(base.length) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
