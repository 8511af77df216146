import type { WorkspacePackage } from "./package.ts";
import { packageMatcher } from "./package-matcher.ts";

/** A filter, and the packages that it means. */
export interface Filtered {
  /** For each package the filter that chose it. */
  readonly packages: ReadonlyMap<string, string>;
  /** Filters that mean nothing. */
  readonly useless: readonly string[];
}

/**
 * The packages that filters mean: `web`, `@acme/*`, `./apps/*`; `...web` with all that depend on it, `web...` with all
 * it depends on; `!web` takes away. With nothing but `!` filters, all others are meant.
 */
export function filterPackages(packages: readonly WorkspacePackage[], filters: readonly string[]): Filtered {
  const including = filters.filter((filter) => !filter.startsWith("!"));
  const chosen = new Map<string, string>();
  const useless: string[] = [];
  for (const filter of including.length === 0 ? ["*", "@*/*"] : including) {
    const found = meantBy(packages, filter);
    if (found.size === 0 && including.length > 0) useless.push(filter);
    for (const name of found)
      if (!chosen.has(name)) chosen.set(name, including.length === 0 ? filters.join(" ") : filter);
  }
  for (const filter of filters.filter((each) => each.startsWith("!"))) {
    const found = meantBy(packages, filter.slice(1));
    if (found.size === 0) useless.push(filter);
    for (const name of found) chosen.delete(name);
  }
  return { packages: chosen, useless };
}

function meantBy(packages: readonly WorkspacePackage[], filter: string): Set<string> {
  const [, dependants, pattern = "", dependencies] = /^(\.\.\.)?(.*?)(\.\.\.)?$/.exec(filter) ?? [];
  const isMeant = packageMatcher([pattern]);
  const meant = new Set(packages.filter(isMeant).map(({ name }) => name));
  const behind =
    dependencies === undefined ? meant : reach(meant, new Map(packages.map((each) => [each.name, each.dependencies])));
  const before = dependants === undefined ? meant : reach(meant, dependantsOf(packages));
  return new Set([...behind, ...before]);
}

function reach(start: ReadonlySet<string>, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set(start);
  // A set that grows while it is walked is walked to its new end.
  for (const name of found) for (const further of next.get(name) ?? []) found.add(further);
  return found;
}

function dependantsOf(packages: readonly WorkspacePackage[]): Map<string, string[]> {
  const dependants = new Map<string, string[]>();
  for (const { name, dependencies } of packages) {
    for (const dependency of dependencies) {
      const known = dependants.get(dependency);
      if (known) known.push(name);
      else dependants.set(dependency, [name]);
    }
  }
  return dependants;
}
