import { posix } from "node:path";
import { byCodeUnit } from "../../files/code-unit-order.ts";
import { isRecord } from "../../files/is-record.ts";

const kinds = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];

/** What is known of a workspace when the edges between its packages are looked for. */
export interface Members {
  /** By name. */
  readonly versions: ReadonlyMap<string, string | undefined>;
  /** Names by folder, relative to the project. */
  readonly names: ReadonlyMap<string, string>;
  /** What the project's package.json puts in place of a dependency, whoever asks for it: a range by name. */
  readonly overrides: ReadonlyMap<string, string>;
}

/**
 * The packages of the workspace that one depends on, however a package manager writes it: by name and range, as an alias
 * (`npm:`, `workspace:`), by a folder (`file:`, `link:`, `portal:`, `workspace:`), or through an override. A range counts as met
 * unless it is certain that it is not: an edge too many costs time, one too few a stale result.
 */
export function dependenciesOf(
  name: string,
  folder: string,
  content: Readonly<Record<string, unknown>>,
  members: Members,
): string[] {
  const found = new Set<string>();
  for (const kind of kinds) {
    const listed = content[kind];
    if (!isRecord(listed)) continue;
    for (const [key, range] of Object.entries(listed)) {
      if (typeof range !== "string") continue;
      const override = members.overrides.get(key);
      found.add(targetOf(key, range, folder, members) ?? "");
      // Its folder is relative to the project.
      if (override !== undefined) found.add(targetOf(key, override, "", members) ?? "");
    }
  }
  return [...found].filter((target) => target !== "" && target !== name).sort(byCodeUnit);
}

/**
 * `overrides` (npm, bun), `resolutions` (yarn), `pnpm.overrides` and those of a pnpm-workspace.yaml, also nested ones, by the
 * last name in each key.
 */
export function overridesIn(
  content: Readonly<Record<string, unknown>>,
  ofPnpm: unknown = undefined,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (listed: unknown, outer: string | undefined): void => {
    if (!isRecord(listed)) return;
    for (const [key, value] of Object.entries(listed)) {
      // npm: "." is the package that the object around it is of.
      const name = key === "." ? outer : overridden(key);
      if (name !== undefined && typeof value === "string") found.set(name, value);
      else add(value, name);
    }
  };
  add(content.overrides, undefined);
  add(content.resolutions, undefined);
  if (isRecord(content.pnpm)) add(content.pnpm.overrides, undefined);
  add(ofPnpm, undefined);
  return found;
}

/** `parent>child@1`, `**\/child`, `@scope/parent/child` → `child`. */
function overridden(key: string): string | undefined {
  return /((?:@[^/@>]+\/)?[^/@>]+)(?:@[^/>]*)?$/.exec(key)?.[1];
}

function targetOf(key: string, range: string, folder: string, { versions, names }: Members): string | undefined {
  const [, protocol, rest = ""] = /^(file|link|portal|workspace):(.*)$/.exec(range) ?? [];
  // Of a name with a path in it yarn's `workspace:packages/ui` is relative to the project.
  const places = [posix.join(folder, rest), ...(protocol === "workspace" ? [posix.normalize(rest)] : [])];
  const byFolder =
    protocol && places.map((place) => names.get(place.replace(/\/$/, ""))).find((name) => name !== undefined);
  if (byFolder) return byFolder;
  const alias = /^(workspace|npm):(@?[^@]+)@/.exec(range);
  const target = alias?.[2] ?? key;
  if (!versions.has(target)) return undefined;
  if (protocol !== undefined) return target;
  const isElsewhere = /^(git|github|gitlab|bitbucket|https?)[:+]|^[\w.-]+\/[\w.-]+(#|$)/.test(range);
  return isElsewhere || isOtherVersion(range, versions.get(target)) ? undefined : target;
}

/** An exact version that is not the one of the workspace comes from the registry. */
function isOtherVersion(range: string, version: string | undefined): boolean {
  const exact = /^(?:npm:.+@)?[v=]?(\d+\.\d+\.\d+(?:-[\w.-]+)?)(?:\+[\w.-]+)?$/.exec(range.trim())?.[1];
  return exact !== undefined && version !== undefined && exact !== version.split("+")[0];
}
