import { isDeepStrictEqual } from "node:util";
import { applySplices, type Splice } from "../text/splice.ts";
import { parsePolicy } from "./parse-policy.ts";
import type { CreationRule, Policy } from "./policy.ts";

/** The text with a piece changed; one whose lines end in CRLF keeps that. */
export function edited(text: string, splice: Splice): string {
  const isWindows = text.includes("\r\n");
  return applySplices(text, [isWindows ? { ...splice, text: splice.text.replaceAll(/\r?\n/g, "\r\n") } : splice]);
}

/** The age recipients that one group of one rule is to have. */
export interface ExpectedGroup {
  readonly rule: number;
  readonly group: number;
  readonly age: readonly string[];
}

/** Whether the new text means the old policy with exactly those age recipients in that group. */
export async function verifyEdit(policy: Policy, text: string, expected: ExpectedGroup): Promise<boolean> {
  const edited = await parsePolicy(policy.path, text);
  if (!edited.ok || policy.rules === undefined) return false;
  const wanted = policy.rules.map((one) => (one.index === expected.rule ? withAge(one, expected) : one));
  return isDeepStrictEqual(edited.value.rules?.map(meaningOf), wanted.map(meaningOf));
}

function withAge(rule: CreationRule, { group, age }: ExpectedGroup): CreationRule {
  return { ...rule, keyGroups: rule.keyGroups.map((one, index) => (index === group ? { ...one, age } : one)) };
}

/** A rule without its place. The order of recipients means nothing. */
export function meaningOf({ pathRegex, keyGroups, shamirThreshold, selector, macOnlyEncrypted }: CreationRule) {
  const groups = keyGroups.map(({ age, others }) => ({ age: age.toSorted(), others }));
  return { pathRegex, groups, shamirThreshold, selector, macOnlyEncrypted };
}
