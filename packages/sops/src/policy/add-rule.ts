import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { failed, ok, type Result, relativePath } from "../result.ts";
import { addBefore, addToBlock } from "../text/block-edit.ts";
import { findEntry } from "../text/tree.ts";
import { parseYamlText } from "../text/yaml/yaml-text.ts";
import { parsePolicy } from "./parse-policy.ts";
import type { Policy, PolicySelector } from "./policy.ts";
import { edited, meaningOf } from "./verify-edit.ts";

/** What a new rule says. */
export interface NewRule {
  /** Absolute; the rule is for exactly this file, or for the file with any of the endings. */
  readonly file: string;
  readonly endings?: readonly string[];
  /** Never empty. */
  readonly age: readonly string[];
  readonly selector?: PolicySelector;
  readonly macOnlyEncrypted?: boolean;
}

const heading = "# Who can read which secrets file; the first rule that matches counts. https://getsops.io/docs/\n";

/** The text of a new policy with these rules. YAML is indented by 2, so that `sops` changes few lines of a file. */
export function newPolicy(path: string, rules: readonly NewRule[]): string {
  const blocks = rules.map((rule) => printRule(path, rule, "  ")).join("");
  return `${heading}creation_rules:\n${blocks}stores:\n  yaml:\n    indent: 2\n`;
}

/**
 * The policy's text with one more rule, before the first that matches its file already (which would otherwise win), else
 * at the end. Everything else stays byte for byte. Where that cannot be done safely: `policy-edit`.
 */
export async function addPolicyRule(policy: Policy, rule: NewRule): Promise<Result<string>> {
  const text = withRule(policy, rule);
  if (text !== undefined && (await isAdded(policy, text, rule))) return ok(text);
  const message = `No rule can be added to ${policy.path} automatically`;
  const hint = `Add it by hand:\n${printRule(policy.path, rule, "  ").trimEnd()}`;
  return failed({ code: "policy-edit", file: policy.path, message, hint });
}

function withRule({ text, path, rules = [] }: Policy, rule: NewRule): string | undefined {
  const entry = findEntry(parseYamlText(text).documents[0], "creation_rules");
  if (entry === undefined) {
    const gap = text === "" || text.endsWith("\n") ? "" : "\n";
    return `${text}${gap}creation_rules:\n${printRule(path, rule, "  ")}`;
  }
  const list = entry.value;
  if (list.kind !== "list" || list.isFlow || list.items.length === 0) return undefined;
  const print = (column: number) => printRule(path, rule, " ".repeat(column)).trim();
  const rival = rules.find((one) => one.matches(relativePath(dirname(path), rule.file)));
  const change = rival === undefined ? addToBlock(text, list, print) : addBefore(text, list, rival.index, print);
  return change === undefined ? undefined : edited(text, change);
}

function printRule(policyPath: string, rule: NewRule, indent: string): string {
  const lines = [
    `- path_regex: ${quote(pathRegexOf(policyPath, rule))}`,
    ...(rule.selector === undefined ? [] : [`  ${rule.selector.kind}: ${quote(rule.selector.value)}`]),
    ...(rule.macOnlyEncrypted === true ? ["  mac_only_encrypted: true"] : []),
    "  age:",
    ...rule.age.map((recipient) => `    - ${recipient}`),
  ];
  return lines.map((line) => `${indent}${line}\n`).join("");
}

function pathRegexOf(policyPath: string, { file, endings = [] }: NewRule): string {
  const path = escapeForGo(relativePath(dirname(policyPath), file));
  return endings.length === 0 ? `^${path}$` : `^${path}\\.(${endings.map(escapeForGo).join("|")})$`;
}

function escapeForGo(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

/** Plain where that is the same text in YAML. */
function quote(text: string): string {
  return /^[\^A-Za-z0-9_][\w^$\\.()|/?*+-]*$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

/** Whether the new text means the old policy and the rule, and the rule wins for its file. */
async function isAdded(policy: Policy, text: string, rule: NewRule): Promise<boolean> {
  const edited = await parsePolicy(policy.path, text);
  if (!edited.ok) return false;
  const { rules = [] } = edited.value;
  const regex = pathRegexOf(policy.path, rule);
  const path = relativePath(dirname(policy.path), rule.file);
  const file = rule.endings === undefined ? path : `${path}.${rule.endings[0]}`;
  const added = rules.find((one) => one.matches(file));
  const others = rules.filter((one) => one !== added).map(meaningOf);
  const isSame = isDeepStrictEqual(others, (policy.rules ?? []).map(meaningOf));
  return isSame && added?.pathRegex === regex && isDeepStrictEqual(added.keyGroups[0]?.age, [...new Set(rule.age)]);
}
