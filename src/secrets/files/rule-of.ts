import type { CreateOptions, CreationRule, Policy, Recipients, Selector, SopsFormat } from "@tidegate/sops";
import { failed, ok, type Result } from "../../errors/result.ts";
import { fromSops } from "../from-sops.ts";

/** What `.sops.yaml` says of a file. */
export interface RuleOf {
  readonly policy: Policy;
  readonly rule: CreationRule;
}

/** The rule for a file (absolute). `undefined`: there is no `.sops.yaml`, or one without rules. */
export async function ruleOf(file: string): Promise<Result<RuleOf | undefined>> {
  const { findPolicy, ruleFor } = await import("@tidegate/sops");
  const policy = await findPolicy(file);
  if (!policy.ok) return fromSops(policy);
  if (policy.value === undefined) return ok(undefined);
  const rule = ruleFor(policy.value, file);
  if (!rule.ok) return fromSops(rule);
  return ok(rule.value === undefined ? undefined : { policy: policy.value, rule: rule.value });
}

/** The recipients of a rule, for a file to be wrapped for. Those of other providers cannot be added by Tidegate. */
export function recipientsIn({ keyGroups, shamirThreshold }: CreationRule): Recipients {
  const groups = keyGroups.map(({ age }) => age);
  if (groups.length <= 1) return groups[0] ?? [];
  return { groups, ...(shamirThreshold !== undefined && { threshold: shamirThreshold }) };
}

/** How a new file is made, or why the rule's cannot be made here (`secrets-policy`). */
export function createOptions({ policy, rule }: RuleOf, format: SopsFormat): Result<CreateOptions> {
  const foreign = rule.keyGroups.flatMap(({ others }) => others);
  if (foreign.length > 0) {
    const message = `A new file would need keys of ${foreign[0]!.kind}, which Tidegate cannot make`;
    const hint = "Make the file with `sops`; after that, Tidegate reads and writes it.";
    return failed({ code: "secrets-policy", message, location: rule.location, hint });
  }
  const selector = selectorOf(rule);
  const indent = indentOf(policy, format);
  return ok({
    recipients: recipientsIn(rule),
    macOnlyEncrypted: rule.macOnlyEncrypted,
    ...(selector && { selector }),
    ...(indent !== undefined && { indent }),
  });
}

function selectorOf({ selector }: CreationRule): Selector | undefined {
  if (selector === undefined) return undefined;
  const { kind, value } = selector;
  return kind === "unencrypted_suffix" || kind === "encrypted_suffix"
    ? { kind, suffix: value }
    : { kind, regex: value };
}

function indentOf({ indent }: Policy, format: SopsFormat): number | undefined {
  if (format === "yaml") return indent.yaml;
  return format === "json" ? indent.json : undefined;
}
