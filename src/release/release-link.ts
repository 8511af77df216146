import { readlinkSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { staysInside } from "./entry-problem.ts";

/**
 * What a link in the project says in a release: its target relative to it, in the form that `staysInside` takes; the
 * same wherever the project lies. `undefined` when it points outside the project.
 *
 * @param root The project's real path.
 * @param path The link's, relative to it; none of its folders is a link.
 */
export function releaseLink(root: string, path: string): string | undefined {
  const folder = dirname(join(root, path));
  const written = readlinkSync(join(root, path));
  const real = realPath(join(root, path));
  if (real !== undefined && !isInside(root, real)) return undefined;
  const target = isAbsolute(written) ? relativeTo(root, folder, written) : tidy(written);
  const depth = path.split("/").length - 1;
  if (target !== undefined && staysInside(target, depth)) return target;
  // A detour such as `a/../b`: what it comes to is said instead.
  return real === undefined || isAbsolute(written) ? undefined : relative(folder, real) || ".";
}

/** An absolute target, which may name the project by another path that leads to the same place. */
function relativeTo(root: string, folder: string, written: string): string | undefined {
  const real = realPath(dirname(written));
  const target = real === undefined ? written : join(real, written.slice(dirname(written).length));
  return isInside(root, target) ? relative(folder, target) || "." : undefined;
}

function tidy(target: string): string {
  const segments = target.split("/").filter((segment) => segment !== "" && segment !== ".");
  return segments.join("/") || ".";
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** `undefined` when it leads nowhere, or in circles. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}
