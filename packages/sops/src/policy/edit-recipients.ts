import { failed, ok, type Result } from "../result.ts";
import { addToBlock } from "../text/block-edit.ts";
import { lineStart } from "../text/columns.ts";
import { addToFlow } from "../text/flow-edit.ts";
import type { Splice } from "../text/splice.ts";
import { type Collection, type Entry, entriesOf, findEntry, type ParsedText, type ScalarNode } from "../text/tree.ts";
import { yamlLayout } from "../text/yaml/yaml-layout.ts";
import type { CreationRule, Policy } from "./policy.ts";
import { splitCommas } from "./read-key-groups.ts";
import { edited, verifyEdit } from "./verify-edit.ts";

const layout = yamlLayout(2);

/** One recipient more or less in one rule. */
export interface RecipientEdit {
  readonly rule: CreationRule;
  readonly recipient: string;
  /** Which of the rule's key groups; 0 unless given. */
  readonly group?: number;
}

/**
 * The policy's text with one more age recipient in a rule. Everything else stays byte for byte, comments and anchors
 * too. What cannot be edited safely (a list that rules share) is `policy-edit`, to be edited by hand.
 */
export async function addPolicyRecipient(policy: Policy, edit: RecipientEdit): Promise<Result<string>> {
  const { rule, recipient, group = 0 } = edit;
  const before = rule.keyGroups[group]?.age ?? [];
  if (before.includes(recipient)) return ok(policy.text);
  return applyEdit(policy, edit, [...before, recipient], (place) => additionTo(place, recipient));
}

/** The policy's text without an age recipient of a rule; never without the last one of all. See `addPolicyRecipient`. */
export async function removePolicyRecipient(policy: Policy, edit: RecipientEdit): Promise<Result<string>> {
  const { rule, recipient, group = 0 } = edit;
  const { age, others } = rule.keyGroups[group] ?? { age: [], others: [] };
  if (!age.includes(recipient)) return ok(policy.text);
  const left = age.filter((one) => one !== recipient);
  if (left.length + others.length === 0) {
    const message = "Nobody could read the rule's files without that recipient";
    return failed({
      code: "policy-edit",
      file: policy.path,
      message,
      location: rule.location,
      hint: "Add another one first.",
    });
  }
  return applyEdit(policy, edit, left, (place) => removalFrom(place, recipient));
}

/** Where the recipients of a group stand. */
interface Place {
  readonly parsed: ParsedText;
  readonly owner: Collection;
  /** The entry `age`, if there is one. */
  readonly entry: Entry | undefined;
}

async function applyEdit(
  policy: Policy,
  { rule, recipient, group = 0 }: RecipientEdit,
  expected: readonly string[],
  edit: (place: Place) => Splice | undefined,
): Promise<Result<string>> {
  const place = findPlace(layout.parse(policy.text), rule.index, group);
  const change = place === undefined ? undefined : edit(place);
  const text = change === undefined ? undefined : edited(policy.text, change);
  if (text !== undefined && (await verifyEdit(policy, text, { rule: rule.index, group, age: expected })))
    return ok(text);
  const message = `The recipients of that rule of ${policy.path} cannot be changed automatically`;
  const hint = `Change them by hand: ${recipient}`;
  return failed({ code: "policy-edit", file: policy.path, message, location: rule.location, hint });
}

function findPlace(parsed: ParsedText, rule: number, group: number): Place | undefined {
  const own = findEntry(findEntry(parsed.documents[0], "creation_rules")?.value, rule)?.value;
  const groups = findEntry(own, "key_groups")?.value;
  const owner = groups?.kind === "list" ? findEntry(groups, group)?.value : own;
  return owner?.kind === "map" ? { parsed, owner, entry: findEntry(owner, "age") } : undefined;
}

/** Not by `layout.add`, which quotes in brackets what needs no quotes. */
function additionTo({ parsed: { text }, owner, entry }: Place, recipient: string): Splice | undefined {
  const age = entry?.value;
  if (age === undefined) return addTo(text, owner, `age: ${recipient}`);
  if (age.kind === "list") return addTo(text, age, age.isFlow ? recipient : `- ${recipient}`);
  const isText = age.kind === "scalar" && age.plain.type === "str" && splitCommas(age.plain.text).length > 0;
  return isText ? addToScalar(text, age, recipient) : undefined;
}

function addTo(text: string, collection: Collection, entry: string): Splice {
  const print = () => entry;
  return collection.isFlow ? addToFlow(text, collection, undefined, print) : addToBlock(text, collection, print);
}

/** Behind what is there, in its quotes or its lines. */
function addToScalar(text: string, { start, end, body }: ScalarNode, recipient: string): Splice {
  if (body === undefined) {
    const position = /["']/.test(text[end - 1] ?? "") && end > start ? end - 1 : end;
    return { start: position, end: position, text: `,${recipient}` };
  }
  const last = body.start + text.slice(body.start, body.end).trimEnd().length;
  const [indent = ""] = /^[ \t]*/.exec(text.slice(lineStart(text, last - 1), last)) ?? [];
  const comma = text[last - 1] === "," ? "" : ",";
  return { start: last, end: last, text: `${comma}\n${indent}${recipient}` };
}

function removalFrom({ parsed, owner, entry }: Place, recipient: string): Splice | undefined {
  if (entry === undefined || entry.value.kind === "map") return undefined;
  const [collection, entries] = entry.value.kind === "list" ? [entry.value, entriesOf(entry.value)] : [owner, [entry]];
  for (const one of entries) {
    if (one.value.kind !== "scalar") continue;
    const parts = splitCommas(one.value.plain.text);
    if (!parts.includes(recipient)) continue;
    return parts.length > 1
      ? removeFromScalar(parsed.text, one.value, recipient)
      : layout.remove(parsed, collection, one);
  }
  return undefined;
}

function removeFromScalar(text: string, scalar: ScalarNode, recipient: string): Splice | undefined {
  const { start: from, end: to } = scalar.body ?? scalar;
  const source = text.slice(from, to);
  const at = source.search(new RegExp(`(?<![^\\s,'"])${escapeForRegExp(recipient)}(?![^\\s,'"])`));
  if (at < 0) return undefined;
  const after = /^\s*,\s*/.exec(source.slice(at + recipient.length))?.[0];
  const start = from + at;
  if (after !== undefined) return { start, end: start + recipient.length + after.length, text: "" };
  const before = /,\s*$/.exec(source.slice(0, at))?.[0].length ?? 0;
  return { start: start - before, end: start + recipient.length, text: "" };
}

function escapeForRegExp(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
