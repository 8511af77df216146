import { byCodeUnit } from "../../files/code-unit-order.ts";
import { isRecord } from "../../files/is-record.ts";

const kinds = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];

/**
 * The packages of the workspace that one depends on. `versions`: of all packages of the workspace, by name. A range
 * counts as met unless it is certain that it is not: an edge too many costs time, one too few a stale result.
 */
export function dependenciesOf(
  name: string,
  content: Readonly<Record<string, unknown>>,
  versions: ReadonlyMap<string, string | undefined>,
): string[] {
  const found = new Set<string>();
  for (const kind of kinds) {
    const listed = content[kind];
    if (!isRecord(listed)) continue;
    for (const [key, range] of Object.entries(listed)) {
      const target = targetOf(key, range, versions);
      if (target !== undefined && target !== name) found.add(target);
    }
  }
  return [...found].sort(byCodeUnit);
}

function targetOf(key: string, range: unknown, versions: ReadonlyMap<string, string | undefined>): string | undefined {
  if (typeof range !== "string") return undefined;
  const alias = /^(workspace|npm):(@?[^@]+)@/.exec(range);
  const target = alias?.[2] ?? key;
  if (!versions.has(target)) return undefined;
  if (range.startsWith("workspace:") || range.startsWith("file:") || range.startsWith("link:")) return target;
  const isElsewhere = /^(git|github|gitlab|bitbucket|https?)[:+]|^[\w.-]+\/[\w.-]+(#|$)/.test(range);
  return isElsewhere || isOtherVersion(range, versions.get(target)) ? undefined : target;
}

/** An exact version that is not the one of the workspace comes from the registry. */
function isOtherVersion(range: string, version: string | undefined): boolean {
  const exact = /^(?:npm:.+@)?[v=]?(\d+\.\d+\.\d+(?:-[\w.-]+)?)(?:\+[\w.-]+)?$/.exec(range.trim())?.[1];
  return exact !== undefined && version !== undefined && exact !== version.split("+")[0];
}
