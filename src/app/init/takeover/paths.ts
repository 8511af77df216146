import { posix } from "node:path";
import { isWithin, matches, parsePattern } from "../../../graph/patterns/pattern.ts";

/** A path or pattern of another tool, relative to the folder it stands in. */
export interface PlacedPattern {
  /** `package`: relative to the package; `project`: relative to the project. */
  readonly in: "package" | "project";
  readonly pattern: string;
}

/**
 * A pattern that stands in a package's configuration, by where it leads: into the package, or elsewhere in the project.
 * `undefined` when it points outside the project. `!` stays in front.
 */
export function placePattern(text: string, folder: string): PlacedPattern | undefined {
  const excluded = text.startsWith("!") ? "!" : "";
  const body = text.slice(excluded.length).replace(/^\.?\/+/, "");
  if (body === "") return undefined;
  const whole = posix.join(folder === "" ? "." : folder, body);
  if (whole.startsWith("..")) return undefined;
  const isOwn = folder === "" || whole === folder || whole.startsWith(`${folder}/`);
  if (!isOwn) return { in: "project", pattern: `${excluded}${whole}` };
  const own = folder === "" ? whole : whole.slice(folder.length + 1);
  return { in: "package", pattern: `${excluded}${own === "" ? "**" : own}` };
}

/** `dist/**` is the folder `dist/`; what is wiped and restored is named whole. */
function outputPattern(pattern: string): string {
  return pattern.replace(/\/\*\*(\/\*)?$/, "/");
}

/** Whether it can be an output: not the whole package, nothing excluded, not node_modules or git's. */
export function isUsableOutput(pattern: string): boolean {
  const body = outputPattern(pattern);
  return !/^(!|\*\*|\.?\/?$|\.git\/|\.tidegate\/)/.test(body);
}

/** The outputs that can be named, and those that cannot, because something in them has to stay. */
export interface WholeOutputs {
  readonly outputs: readonly string[];
  readonly torn: readonly string[];
}

/**
 * Outputs are removed before a run and restored whole: what another tool leaves something out of (`!`) would be lost. A
 * cache in it may be.
 */
export function wholeOutputs(patterns: readonly string[]): WholeOutputs {
  const kept = patterns
    .filter((each) => each.startsWith("!") && !/(^|[/.])cache(\/|$)/.test(each))
    .map((each) => each.slice(1));
  const isTorn = (pattern: string) => kept.some((each) => mayHold(pattern, each));
  const positive = patterns.filter((each) => !each.startsWith("!"));
  return {
    outputs: [...new Set(positive.filter((each) => !isTorn(each)).map(outputPattern))],
    torn: positive.filter(isTorn),
  };
}

/** Whether what `inner` names may be among what `pattern` names; where both have wildcards, by what stands before them. */
function mayHold(pattern: string, inner: string): boolean {
  const parsed = parsePattern(pattern);
  if (!parsed.ok) return false;
  if (!wildcard.test(inner)) return matches(parsed.pattern, inner.replace(/\/$/, ""));
  const base = inner
    .replace(/[*?{[(].*$/, "")
    .replace(/[^/]*$/, "")
    .replace(/\/$/, "");
  return isWithin(parsed.pattern.base, base) || (parsed.pattern.kind === "glob" && isWithin(base, parsed.pattern.base));
}

const wildcard = /[*?{[(]/;

/** Files that belong to a machine and that git ignores nearly everywhere. */
export function isLocalFile(pattern: string): boolean {
  return (
    /(^|\/)\.env(\.[^/]*)?$/.test(pattern) && !pattern.startsWith("!") && !/\.(example|sample|template)$/.test(pattern)
  );
}
