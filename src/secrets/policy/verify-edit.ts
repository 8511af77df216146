import { isDeepStrictEqual } from "node:util";
import { parsePolicy } from "./parse-policy.ts";
import type { CreationRule, Policy } from "./policy.ts";

/** Whether the new text means the old policy with exactly those age recipients in one group of one rule. */
export async function verifyEdit(
  policy: Policy,
  text: string,
  rule: number,
  group: number,
  expected: readonly string[],
): Promise<boolean> {
  const edited = await parsePolicy(policy.path, text);
  if (!edited.ok || policy.rules === undefined) return false;
  const wanted = policy.rules.map((one) => (one.index === rule ? withAge(one, group, expected) : one));
  return isDeepStrictEqual(edited.value.rules?.map(meaningOf), wanted.map(meaningOf));
}

function withAge(rule: CreationRule, group: number, age: readonly string[]): CreationRule {
  return { ...rule, keyGroups: rule.keyGroups.map((one, index) => (index === group ? { ...one, age } : one)) };
}

/** A rule without its place. The order of recipients means nothing. */
export function meaningOf({ pathRegex, keyGroups, shamirThreshold, selector, macOnlyEncrypted }: CreationRule) {
  const groups = keyGroups.map(({ age, others }) => ({ age: age.toSorted(), others }));
  return { pathRegex, groups, shamirThreshold, selector, macOnlyEncrypted };
}
