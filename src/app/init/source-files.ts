import type { Repository } from "./repository.ts";
import { isMade } from "./sources.ts";

const deepest = 7;
const most = 4_000;

/** Paths of the files that were written by hand, in code unit order, folder by folder; what is hidden or made is left out. */
export function sourceFiles(repository: Repository, matches: (path: string) => boolean): string[] {
  const found: string[] = [];
  const visit = (at: Repository, prefix: string, depth: number): void => {
    for (const entry of at.entries) {
      if (found.length >= most || entry.startsWith(".") || isMade(entry)) continue;
      if (entry.endsWith("/") && depth < deepest) visit(at.below(entry), prefix + entry, depth + 1);
      if (!entry.endsWith("/") && matches(prefix + entry)) found.push(prefix + entry);
    }
  };
  visit(repository, "", 0);
  return found;
}
