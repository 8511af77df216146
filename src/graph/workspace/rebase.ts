import type { Pattern } from "../patterns/pattern.ts";
import type { Claim, TaskPatterns } from "../patterns/task-patterns.ts";

/** Patterns that are relative to a folder of the project, as patterns of the project. */
export function rebasePatterns(patterns: TaskPatterns, folder: string): TaskPatterns {
  return mapClaims(patterns, (claim) => ({ ...claim, pattern: rebase(claim.pattern, folder) }));
}

/** Changes every claim of a task. `list`: the key it stands under. */
export function mapClaims(
  patterns: TaskPatterns,
  change: (claim: Claim, list: keyof TaskPatterns) => Claim,
): TaskPatterns {
  const lists = Object.entries(patterns) as [keyof TaskPatterns, readonly Claim[] | undefined][];
  const changed = lists.map(([list, claims]) => [list, claims?.map((claim) => change(claim, list))] as const);
  return Object.fromEntries(changed) as unknown as TaskPatterns;
}

export function rebase(pattern: Pattern, folder: string): Pattern {
  if (folder === "") return pattern;
  const body = pattern.excluded ? pattern.text.slice(1) : pattern.text;
  const text = `${pattern.excluded ? "!" : ""}${folder}/${body}`;
  return { ...pattern, text, base: pattern.base === "" ? folder : `${folder}/${pattern.base}` };
}
