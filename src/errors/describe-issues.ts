import * as v from "valibot";

const shown = 5;

/** Where a value is not as its schema says, a line each; never what stands there, which may be a secret. */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[]): string {
  const lines = issues.map((issue) => `${v.getDotPath(issue) ?? "it"}: expected ${issue.expected ?? "something else"}`);
  return lines.slice(0, shown).join("\n");
}
