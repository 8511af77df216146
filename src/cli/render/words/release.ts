import type { UncheckedSecret } from "../../../events/event.ts";

const reasons = {
  missing: "no value here",
  unreadable: "not readable here",
  trivial: "too trivial to be a secret",
} as const;

/** What nobody looked for in the release, one line for each reason. */
export function showUnchecked(unchecked: readonly UncheckedSecret[]): string[] {
  const byReason = Map.groupBy(unchecked, ({ because }) => because);
  return [...byReason].map(([because, secrets]) => {
    const names = secrets.map(({ environment, key }) => `${key} of ${environment}`);
    return `not checked for leaks, ${reasons[because]}: ${names.join(", ")}`;
  });
}
