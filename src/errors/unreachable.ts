/**
 * Where every case of a union was handled. The types say that nothing comes here; a value from a disk or a socket that
 * was not read through a schema still can, and must not pass as an answer: it throws, and the one boundary of the
 * process tells it as an internal error.
 */
export function unreachable(value: never): never {
  const kind = describe(value);
  throw new Error(`This version of Tidegate does not know ${kind}`);
}

/** Names the case and nothing else of the value: it may hold what must not be shown. */
function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  if (typeof value !== "object" || value === null) return String(value);
  for (const key of ["type", "kind", "reason", "outcome", "condition", "strategy"]) {
    const tag = (value as Record<string, unknown>)[key];
    if (typeof tag === "string") return `the ${key} ${JSON.stringify(tag.slice(0, 80))}`;
  }
  return "a value of this kind";
}
