import type { Repository } from "./repository.ts";

/** Folders that are called after there being several of something. */
const groups = /^(services|apps|applications|projects|containers|packages|src|code|docker)\/$/;
/** Folders in which something is shown, tested or made, and nothing is served. */
const aside = /(^|\/)(\..*|node_modules|docs?|examples?|templates?|fixtures?|tests?|e2e|website|scripts|tools)\/$/;

/** Folders in which applications may stand beside each other, at the top or below one that groups them; each with a slash. */
export function applicationFolders(repository: Repository): string[] {
  const inside = repository.entries.filter((entry) => entry.endsWith("/") && !aside.test(entry));
  return inside.flatMap((entry) => [entry, ...(groups.test(entry) ? below(repository, entry) : [])]);
}

function below(repository: Repository, group: string): string[] {
  const { entries } = repository.below(group);
  return entries.filter((entry) => entry.endsWith("/") && !aside.test(entry)).map((entry) => group + entry);
}
