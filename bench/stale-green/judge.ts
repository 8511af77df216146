import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Truth } from "./cases.ts";

/**
 * `again`: right, but what had succeeded before was done once more. `stale`: green, though without a cache the result
 * would be another one. `refused`: not green, where it could have been: the definition or the run was found wanting.
 * `right`: what a run without a cache gives.
 */
export type Verdict = "stale" | "refused" | "right" | "again";

/** `app`: the package's folder, as the second run left it. */
export function judge(app: string, truth: Truth, succeeded: boolean): Verdict {
  const isWrong = Object.entries(truth.files ?? {}).some(([path, content]) => contentOf(join(app, path)) !== content);
  if (!succeeded && truth.succeeds) return "refused";
  if (!succeeded) return isWrong ? "again" : "right";
  return isWrong || !truth.succeeds ? "stale" : "right";
}

function contentOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
