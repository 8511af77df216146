import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Truth } from "./cases.ts";

/**
 * `stale`: green, though without a cache the result would be another one. `refused`: not green, where it could have been:
 * the definition or the run was found wanting. `right`: what a run without a cache gives.
 */
export type Verdict = "stale" | "refused" | "right";

/** `app`: the package's folder, as the second run left it. */
export function judge(app: string, truth: Truth, succeeded: boolean): Verdict {
  if (!succeeded) return truth.succeeds ? "refused" : "right";
  if (!truth.succeeds) return "stale";
  const wrong = Object.entries(truth.files ?? {}).some(([path, content]) => contentOf(join(app, path)) !== content);
  return wrong ? "stale" : "right";
}

function contentOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
