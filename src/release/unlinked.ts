import { statSync } from "node:fs";
import { posix } from "node:path";
import type { Failure } from "../errors/failure.ts";
import type { Collected } from "./collect.ts";
import { linkToNothing } from "./collect-failures.ts";
import { prefixes } from "./entry-problem.ts";

/**
 * Links to folders of the project that are not in the release: what npm makes of a workspace's packages. The service
 * would find nothing there. A link to nothing in the project either stays what it is.
 */
export function unlinkedFolders(root: string, found: ReadonlyMap<string, Collected>): Failure[] {
  const known = new Set([...found.keys()].flatMap(prefixes));
  const links = [...found.values()].filter((entry) => entry.kind === "link");
  return links.flatMap((link) => {
    const target = posix.join(posix.dirname(link.path), link.target);
    const isKnown = target === "." || known.has(target) || leadsOverLink(found, target);
    return isKnown || !isFolder(posix.join(root, target)) ? [] : [linkToNothing(link.path, target)];
  });
}

function leadsOverLink(found: ReadonlyMap<string, Collected>, target: string): boolean {
  return prefixes(target).some((prefix) => found.get(prefix)?.kind === "link");
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    // A link in circles.
    return false;
  }
}
