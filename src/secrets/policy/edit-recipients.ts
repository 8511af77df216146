import type { Node, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { failed, type Result } from "../../errors/result.ts";
import type { CreationRule, Policy } from "./policy.ts";
import { splitCommas } from "./read-key-groups.ts";
import { lineAt, type Splice, splice } from "./splice.ts";
import { verifyEdit } from "./verify-edit.ts";

type Yaml = typeof import("yaml");

/** One recipient more or less in one rule. */
export interface RecipientEdit {
  readonly rule: CreationRule;
  readonly recipient: string;
  /** Which of the rule's key groups; 0 unless given. */
  readonly group?: number;
}

/**
 * The policy's text with one more age recipient in a rule. Everything else stays byte for byte, comments and anchors
 * too. What cannot be edited safely (a list that rules share) is `secrets-policy`, to be edited by hand.
 */
export async function addPolicyRecipient(policy: Policy, edit: RecipientEdit): Promise<Result<string>> {
  const { rule, recipient, group = 0 } = edit;
  const before = rule.keyGroups[group]?.age ?? [];
  if (before.includes(recipient)) return { ok: true, value: policy.text };
  return applyEdit(policy, edit, [...before, recipient], (place, text, yaml) =>
    additionTo(place, text, recipient, yaml),
  );
}

/** The policy's text without an age recipient of a rule; never without the last one of all. See `addPolicyRecipient`. */
export async function removePolicyRecipient(policy: Policy, edit: RecipientEdit): Promise<Result<string>> {
  const { rule, recipient, group = 0 } = edit;
  const { age, others } = rule.keyGroups[group] ?? { age: [], others: [] };
  if (!age.includes(recipient)) return { ok: true, value: policy.text };
  const left = age.filter((one) => one !== recipient);
  if (left.length + others.length === 0) {
    const message = "Nobody could read the rule's files without that recipient";
    return failed({ code: "secrets-policy", message, location: rule.location, hint: "Add another one first." });
  }
  return applyEdit(policy, edit, left, (place, text, yaml) => removalFrom(place, text, recipient, yaml));
}

/** Where the recipients of a group stand. */
interface Place {
  readonly owner: YAMLMap;
  /** The value of `age`, if there is one. */
  readonly age: Node | undefined;
}

async function applyEdit(
  policy: Policy,
  { rule, recipient, group = 0 }: RecipientEdit,
  expected: readonly string[],
  edit: (place: Place, text: string, yaml: Yaml) => Splice | undefined,
): Promise<Result<string>> {
  const yaml = await import("yaml");
  const place = findPlace(yaml, policy.text, rule.index, group);
  const change = place === undefined ? undefined : edit(place, policy.text, yaml);
  const text = change === undefined ? undefined : splice(policy.text, change);
  if (text !== undefined && (await verifyEdit(policy, text, { rule: rule.index, group, age: expected })))
    return { ok: true, value: text };
  const message = `The recipients of that rule of ${policy.path} cannot be changed automatically`;
  const hint = `Change them by hand: ${recipient}`;
  return failed({ code: "secrets-policy", message, location: rule.location, hint });
}

function findPlace(yaml: Yaml, text: string, rule: number, group: number): Place | undefined {
  const [document] = yaml.parseAllDocuments(text);
  if (!(document instanceof yaml.Document)) return undefined;
  const own = ["creation_rules", rule];
  const hasGroups = yaml.isSeq(document.getIn([...own, "key_groups"], true));
  const owner = document.getIn(hasGroups ? [...own, "key_groups", group] : own, true);
  if (!yaml.isMap(owner)) return undefined;
  return { owner, age: owner.get("age", true) as Node | undefined };
}

function additionTo({ owner, age }: Place, text: string, recipient: string, yaml: Yaml): Splice | undefined {
  if (yaml.isSeq(age)) return age.flow ? addToFlow(age, recipient) : addToLines(age, text, recipient);
  if (yaml.isScalar(age) && splitCommas(String(age.value ?? "")).length > 0) return addToScalar(age, text, recipient);
  return age === undefined ? addKey(owner, text, recipient) : undefined;
}

function addToFlow(list: YAMLSeq, recipient: string): Splice | undefined {
  const last = (list.items.at(-1) as Node | undefined)?.range;
  if (last) return { start: last[1], end: last[1], text: `, ${recipient}` };
  return list.range ? { start: list.range[0] + 1, end: list.range[0] + 1, text: recipient } : undefined;
}

function addToLines(list: YAMLSeq, text: string, recipient: string): Splice | undefined {
  const last = (list.items.at(-1) as Node | undefined)?.range;
  if (!last) return undefined;
  const [, indent] = /^(\s*)-\s/.exec(lineAt(text, last[0]).text) ?? [];
  const { end } = lineAt(text, last[1]);
  return indent === undefined ? undefined : { start: end, end, text: `\n${indent}- ${recipient}` };
}

function addToScalar({ range, type }: Scalar, text: string, recipient: string): Splice | undefined {
  if (!range) return undefined;
  if (type === "PLAIN") return { start: range[1], end: range[1], text: `,${recipient}` };
  if (type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE") {
    return { start: range[1] - 1, end: range[1] - 1, text: `,${recipient}` };
  }
  const end = range[0] + text.slice(range[0], range[1]).trimEnd().length;
  const line = lineAt(text, end - 1);
  const [indent = ""] = /^\s*/.exec(line.text) ?? [];
  const comma = line.text.trimEnd().endsWith(",") ? "" : ",";
  return { start: end, end, text: `${comma}\n${indent}${recipient}` };
}

function addKey(owner: YAMLMap, text: string, recipient: string): Splice | undefined {
  const first = owner.items[0];
  const key = (first?.key as Node | undefined)?.range;
  const value = (first?.value as Node | null | undefined)?.range;
  if (owner.flow || !key || !value) return undefined;
  const { start } = lineAt(text, key[0]);
  const { end } = lineAt(text, value[1]);
  return { start: end, end, text: `\n${" ".repeat(key[0] - start)}age: ${recipient}` };
}

function removalFrom({ age }: Place, text: string, recipient: string, yaml: Yaml): Splice | undefined {
  if (yaml.isScalar(age)) return removeFromScalar(age, text, recipient);
  if (!yaml.isSeq(age)) return undefined;
  const [document] = yaml.parseAllDocuments(text) as [import("yaml").Document];
  for (const [index, item] of age.items.entries()) {
    const scalar = yaml.isAlias(item) ? item.resolve(document) : item;
    if (!yaml.isScalar(scalar)) continue;
    const parts = splitCommas(String(scalar.value));
    if (!parts.includes(recipient)) continue;
    if (parts.length > 1) return yaml.isAlias(item) ? undefined : removeFromScalar(scalar, text, recipient);
    return age.flow ? removeFromFlow(age, index) : removeLine(item as Node, text);
  }
  return undefined;
}

function removeFromFlow(list: YAMLSeq, index: number): Splice | undefined {
  const ranges = list.items.map((item) => (item as Node).range);
  const own = ranges[index];
  const next = ranges[index + 1];
  const before = ranges[index - 1];
  if (!own) return undefined;
  if (next) return { start: own[0], end: next[0], text: "" };
  return before ? { start: before[1], end: own[1], text: "" } : undefined;
}

function removeLine({ range }: Node, text: string): Splice | undefined {
  if (!range) return undefined;
  const line = lineAt(text, range[0]);
  const isWhole = /^\s*-\s/.test(line.text) && range[1] <= line.end;
  return isWhole ? { start: line.start, end: Math.min(line.end + 1, text.length), text: "" } : undefined;
}

function removeFromScalar({ range }: Scalar, text: string, recipient: string): Splice | undefined {
  if (!range) return undefined;
  const source = text.slice(range[0], range[1]);
  const at = source.search(new RegExp(`(?<![^\\s,'"])${escapeForRegExp(recipient)}(?![^\\s,'"])`));
  if (at < 0) return undefined;
  const after = /^\s*,\s*/.exec(source.slice(at + recipient.length))?.[0];
  const start = range[0] + at;
  if (after !== undefined) return { start, end: start + recipient.length + after.length, text: "" };
  const before = /,\s*$/.exec(source.slice(0, at))?.[0].length ?? 0;
  return { start: start - before, end: start + recipient.length, text: "" };
}

function escapeForRegExp(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
