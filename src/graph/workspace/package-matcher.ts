import picomatch from "picomatch";
import type { WorkspacePackage } from "./package.ts";

/**
 * Whether a package is meant by names (`web`, `@acme/*`; `web` also means `@acme/web`), or by folders and
 * what is in them (`./apps`, `./apps/*`).
 * `!` in front excludes; with nothing but that, all others are meant.
 */
export function packageMatcher(patterns: readonly string[]): (each: WorkspacePackage) => boolean {
  const excluded = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => matcher(pattern.slice(1)));
  const included = patterns.filter((pattern) => !pattern.startsWith("!")).map(matcher);
  return (each) =>
    (included.length === 0 || included.some((matches) => matches(each))) && !excluded.some((matches) => matches(each));
}

function matcher(pattern: string): (each: WorkspacePackage) => boolean {
  if (pattern === "." || pattern.startsWith("./")) {
    const path = pattern.replace(/^\.\/?/, "").replace(/\/+$/, "");
    const matches = path === "" ? (folder: string) => folder === "" : picomatch([path, `${path}/**`], { dot: true });
    return ({ folder }) => matches(folder);
  }
  const matches = picomatch(pattern, { dot: true });
  return ({ name }) =>
    matches(name) || (!pattern.includes("/") && name.startsWith("@") && matches(name.slice(name.indexOf("/") + 1)));
}
