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
  const { written, glob } = splitGlob(path);
  const base = written.replaceAll(/\\(.)/g, "$1");
  if (glob === "") return { ...common, kind: isFolder ? "folder" : "path", base };
  const whole = isFolder ? `${glob}/**` : glob;
  return {
    ...common,
    kind: "glob",
    base,
    expression: picomatch.makeRe(whole, { dot: true, nonegate: true }),
    depth: depthOf(whole),
  };
}

/** The names in front of the first that has a wildcard, and the rest. */
function splitGlob(path: string): { readonly written: string; readonly glob: string } {
  const segments = path.split("/");
  const first = segments.findIndex((segment) => /[*?[{(]/.test(segment.replaceAll(/\\./g, "")));
  if (first === -1) return { written: path, glob: "" };
  return { written: segments.slice(0, first).join("/"), glob: segments.slice(first).join("/") };
}

/**
 * Names that frameworks give to folders and files mean themselves where they would mean nothing of use as a glob: `(shop)`,
 * `(.)photo`, `[...slug]`, `[[lang]]`, `[id=number]`, `+page@(app).svelte`, `{{cookiecutter.name}}`; so does a bracket that
 * nothing closes. `(a|b)`, `{a,b}` and `[ab]` stay what they are; the last is also matched literally.
 */
function withLiteralNames(path: string): string {
  const named = path
    .replaceAll(/(?<![@?*!+\\])\(([^()|]*)\)/g, "\\($1\\)")
    .replaceAll(/(?<!\\)@\(([^()|*?[\]{}!+\\]*)\)/g, "@\\($1\\)")
    .replaceAll(/(?<!\\)\[\[[^[\]:*?/]+\]\]|(?<!\\)\[(\.\.\.[^[\]/]+|[\w-]+=[\w-]+)\]/g, (name) =>
      name.replaceAll(/[[\]]/g, "\\$&"),
    );
  const literal = literalBrackets(named);
  return Array.from({ length: named.length }, (_, at) => (literal.has(at) ? `\\${named[at]}` : named[at])).join("");
}

const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Where braces stand without a choice or a range in them, and brackets that nothing closes or opens. */
function literalBrackets(path: string): ReadonlySet<number> {
  const literal = new Set<number>();
  const open: { readonly at: number; readonly sign: string; isChoice: boolean }[] = [];
  for (let at = 0; at < path.length; at++) {
    const sign = path[at]!;
    const last = open.at(-1);
    if (sign === "\\") at += 1;
    else if (last !== undefined && sign === closing[last.sign]) {
      open.pop();
      if (last.sign === "{" && !last.isChoice) literal.add(last.at).add(at);
    } else if (last?.sign === "[" && isClosed(path, at))
      at = path.startsWith("[:", at) ? path.indexOf(":]", at) + 1 : at;
    else if (sign in closing) open.push({ at, sign, isChoice: false });
    else if (")]}".includes(sign)) literal.add(at);
    else if (last?.sign === "{" && (sign === "," || path.startsWith("..", at))) last.isChoice = true;
  }
  for (const { at } of open) literal.add(at);
  return literal;
}

/** Whether the class of characters that this stands in ends in the same name. */
function isClosed(path: string, at: number): boolean {
  return /^[^\]/]*\]/.test(path.slice(at));
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
