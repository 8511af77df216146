import { join } from "node:path";
import { isRecord } from "../../files/is-record.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";

/**
 * Folders of the packages that npm's lock file says are needed in production. None of a workspace: it says so of all packages in
 * it together, where each service needs those of its own. Nor of a lock file that is not there, or says nothing of the kind.
 */
export function lockedForProduction(root: string): string[] {
  const json = parse(readTextIfThere(join(root, "package-lock.json"), { forgive: "everything" }));
  if (!isRecord(json) || !isRecord(json.packages)) return [];
  const packages = Object.entries(json.packages);
  if (packages.some(([, one]) => isRecord(one) && one.link === true)) return [];
  return packages
    .filter(([path, one]) => path.startsWith("node_modules/") && !path.includes("..") && isForProduction(one))
    .map(([path]) => path);
}

function isForProduction(one: unknown): boolean {
  return isRecord(one) && !["dev", "devOptional", "extraneous"].some((flag) => one[flag] === true);
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
