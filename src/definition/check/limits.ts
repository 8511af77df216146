import type { Problem } from "../problem.ts";
import { isAge, isSize } from "../quantity.ts";
import { atLeastOne, isObject } from "./leaves.ts";
import { optional, shape, shapeProblems, value } from "./shape.ts";

const cacheShape = shape({
  maxSize: optional(value(isSize, 'a size like "500MB" or "10GB"')),
  maxAge: optional(value(isAge, 'an age like "12h" or "30d"')),
});

const releaseShape = shape({
  keep: optional(atLeastOne),
  maxAge: optional(value(isAge, 'an age like "12h" or "30d"')),
});

/** What is wrong with the limits of the cache. */
export function cacheProblems(cache: unknown): Problem[] {
  return isObject(cache) ? shapeProblems(cacheShape, cache, ["cache"], "The cache") : [];
}

/** What is wrong with the limits of releases. */
export function releaseLimitProblems(releases: unknown): Problem[] {
  return isObject(releases) ? shapeProblems(releaseShape, releases, ["releases"], "The releases") : [];
}
