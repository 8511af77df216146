import picomatch from "picomatch";

/**
 * One input or output pattern, relative to the project: a file (`tsconfig.json`), a folder with everything in it
 * (`dist/`, `dist/**`), or a glob (`src/*.ts`). `!` in front excludes. Dot files match like others. A glob enters
 * `node_modules` only when it names it.
 */
export type Pattern = PathPattern | GlobPattern;

interface PatternCommon {
  /** As the user wrote it. */
  readonly text: string;
  readonly excluded: boolean;
  /** The part without wildcards, without a slash at its end; "" is the project itself. */
  readonly base: string;
  /** Whether it names `node_modules`. */
  readonly entersModules: boolean;
}

export interface PathPattern extends PatternCommon {
  /** `path` may turn out to be a folder: then everything in it is meant. */
  readonly kind: "path" | "folder";
}

export interface GlobPattern extends PatternCommon {
  readonly kind: "glob";
  /** For a path relative to `base`. */
  readonly expression: RegExp;
  /** How many folders below `base`, at most, the path's last name stands: 1 for `src/*.ts`. */
  readonly depth: number;
}

export type ParsedPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly because: "empty" | "outside" };

/** Takes a pattern apart. A pattern that is absolute or climbs out with `..` is refused: its files are not the project's. */
export function parsePattern(text: string): ParsedPattern {
  const excluded = text.startsWith("!") && !text.startsWith("!(");
  const body = excluded ? text.slice(1) : text;
  if (body === "" || body.includes("\0")) return { ok: false, because: "empty" };
  const segments = body.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (body.startsWith("/") || segments.includes("..")) return { ok: false, because: "outside" };
  const common = { text, excluded, entersModules: segments.includes("node_modules") };
  return { ok: true, pattern: patternOf(common, segments, body.endsWith("/")) };
}

function patternOf(common: Omit<PatternCommon, "base">, segments: string[], endsWithSlash: boolean): Pattern {
  const isFolder = endsWithSlash || segments.at(-1) === "**" || segments.length === 0;
  if (segments.at(-1) === "**") segments.pop();
  const path = withLiteralNames(segments.join("/"));
  if (path === "") return { ...common, kind: "folder", base: "" };
  const { base: written, glob, isGlob } = picomatch.scan(path);
  const base = (isGlob ? written : path).replaceAll(/\\(.)/g, "$1");
  if (!isGlob) return { ...common, kind: isFolder ? "folder" : "path", base };
  const whole = isFolder ? `${glob}/**` : glob;
  return { ...common, kind: "glob", base, expression: picomatch.makeRe(whole, { dot: true }), depth: depthOf(whole) };
}

/**
 * Names that frameworks give to folders and files mean themselves where they would mean nothing of use as a glob: `(shop)`,
 * `(.)photo`, `[...slug]`, `[[lang]]`, `[id=number]`, `+page@(app).svelte`. `(a|b)` and `[ab]` stay what they are; the
 * latter is also matched literally.
 */
function withLiteralNames(path: string): string {
  return path
    .replaceAll(/(?<![@?*!+\\])\(([^()|]*)\)/g, "\\($1\\)")
    .replaceAll(/(?<!\\)@\(([^()|*?[\]{}!+\\]*)\)/g, "@\\($1\\)")
    .replaceAll(/(?<!\\)\[\[[^[\]:*?/]+\]\]|(?<!\\)\[(\.\.\.[^[\]/]+|[\w-]+=[\w-]+)\]/g, (name) =>
      name.replaceAll(/[[\]]/g, "\\$&"),
    );
}

/** Brackets may hold slashes, so that their depth is not worth knowing. */
function depthOf(glob: string): number {
  return /\*\*|[{(]/.test(glob) ? Number.POSITIVE_INFINITY : glob.split("/").length;
}

/** Whether a pattern means this path (a file's, relative to the project). */
export function matches(pattern: Pattern, path: string): boolean {
  if (pattern.kind === "glob") {
    if (!isWithin(path, pattern.base) || path === pattern.base) return false;
    const rest = pattern.base === "" ? path : path.slice(pattern.base.length + 1);
    return pattern.expression.test(rest);
  }
  return isWithin(path, pattern.base);
}

/** Whether `path` is `folder` or something in it. "" is the project. */
export function isWithin(path: string, folder: string): boolean {
  return folder === "" || path === folder || (path.startsWith(folder) && path[folder.length] === "/");
}

/** Whether a pattern may mean something in this folder, were it to be looked at. */
export function mayMatchBelow(pattern: Pattern, excluded: readonly Pattern[], folder: string): boolean {
  if (excluded.some((each) => each.kind !== "glob" && isWithin(folder, each.base))) return false;
  if (isWithin(pattern.base, folder)) return true;
  if (!isWithin(folder, pattern.base)) return false;
  return pattern.kind !== "glob" || segmentsBelow(pattern.base, folder) < pattern.depth;
}

/** How many names deep a path stands in a folder that it is in. */
export function segmentsBelow(base: string, path: string): number {
  let count = base === "" ? 1 : 0;
  for (let slash = path.indexOf("/", base.length); slash !== -1; slash = path.indexOf("/", slash + 1)) count += 1;
  return count;
}
