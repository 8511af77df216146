import type { GroupedRecipient } from "../file/recipients.ts";
import type { CreationRule, PolicyKeyGroup, PolicyRecipient } from "./policy.ts";

/** How a file's recipients differ from its rule's. Both empty: the file is as the policy says. */
export interface RecipientDifference {
  /** The rule names them, and they cannot read the file. */
  readonly missing: readonly GroupedRecipient[];
  /** They can read the file, and the rule does not name them. */
  readonly extra: readonly GroupedRecipient[];
}

/** Needs no key: a file says for whom its data key is wrapped. */
export function compareRecipients(rule: CreationRule, recipients: readonly GroupedRecipient[]): RecipientDifference {
  const wanted = recipientsOf(rule);
  const names = new Set(wanted.map(nameOf));
  const present = new Set(recipients.map(nameOf));
  return {
    missing: wanted.filter((one) => !present.has(nameOf(one))),
    extra: recipients.filter((one) => !names.has(nameOf(one))),
  };
}

/** Everybody whom a rule names. */
export function recipientsOf(rule: CreationRule): GroupedRecipient[] {
  return rule.keyGroups.flatMap((group, index) => membersOf(group).map((one) => ({ ...one, group: index })));
}

function membersOf({ age, others }: PolicyKeyGroup): PolicyRecipient[] {
  return [...age.map((id) => ({ kind: "age", id })), ...others];
}

function nameOf({ group, kind, id }: GroupedRecipient): string {
  return `${group} ${kind} ${kind === "pgp" ? id.toUpperCase().replaceAll(" ", "") : id}`;
}
