import { selectorKinds } from "../file/types.ts";
import { compileGoRegexp } from "../text/go-regexp.ts";
import type { TreeNode } from "../text/tree.ts";
import type { CreationRule, PolicyNotice, PolicySelector } from "./policy.ts";
import type { PolicyReader } from "./policy-reader.ts";
import { readKeyGroups, ruleProviders } from "./read-key-groups.ts";

type Fields = ReadonlyMap<string, TreeNode>;

const known = new Set([
  "path_regex",
  "age",
  "aws_profile",
  "key_groups",
  "shamir_threshold",
  "mac_only_encrypted",
  ...Object.keys(ruleProviders),
  ...selectorKinds,
]);

/** One of `creation_rules`; its problems are the reader's. */
export async function readRule(
  reader: PolicyReader,
  node: TreeNode,
  index: number,
  notices: PolicyNotice[],
): Promise<CreationRule> {
  const fields = reader.mapping(node, "A creation rule");
  const location = reader.locate(node);
  const pathRegex = reader.text(fields.get("path_regex"), "path_regex") || undefined;
  const keyGroups = readKeyGroups(reader, fields);
  const rule = {
    index,
    pathRegex,
    location,
    keyGroups,
    shamirThreshold: readThreshold(reader, fields.get("shamir_threshold"), keyGroups.length),
    selector: await readSelector(reader, fields, node),
    macOnlyEncrypted: reader.truth(fields.get("mac_only_encrypted"), "mac_only_encrypted"),
    matches: await readRegexp(reader, pathRegex, fields.get("path_regex"), "path_regex"),
  };
  notices.push(...noticesOf(reader, rule, fields));
  return rule;
}

async function readRegexp(
  reader: PolicyReader,
  source: string | undefined,
  node: TreeNode | undefined,
  what: string,
): Promise<(text: string) => boolean> {
  if (source === undefined) return () => true;
  const compiled = await compileGoRegexp(source);
  if (compiled.ok) return (text) => compiled.regexp.test(text);
  const hint = "It is a regular expression of Go (RE2): https://pkg.go.dev/regexp/syntax";
  reader.refuse(`${what} is not a regular expression`, node, { cause: compiled.problem, hint });
  return () => false;
}

async function readSelector(reader: PolicyReader, fields: Fields, rule: TreeNode): Promise<PolicySelector | undefined> {
  const selectors: PolicySelector[] = [];
  for (const kind of selectorKinds) {
    const value = reader.text(fields.get(kind), kind) ?? "";
    if (value === "") continue;
    if (kind.endsWith("_regex")) await readRegexp(reader, value, fields.get(kind), kind);
    selectors.push({ kind, value });
  }
  if (selectors.length > 1) {
    const names = selectors.map(({ kind }) => kind).join(" and ");
    reader.refuse(`A rule can have one selector, and this one has ${names}`, fields.get(selectors[1]!.kind) ?? rule);
  }
  return selectors[0];
}

function readThreshold(reader: PolicyReader, node: TreeNode | undefined, groups: number): number | undefined {
  const threshold = reader.number(node, "shamir_threshold") ?? 0;
  if (threshold === 0 || groups < 2) return undefined;
  if (threshold < 2 || threshold > groups) {
    reader.refuse(`shamir_threshold must be from 2 to the number of key groups, ${groups}`, node);
  }
  return threshold;
}

function noticesOf(
  reader: PolicyReader,
  { keyGroups, location }: Pick<CreationRule, "keyGroups" | "location">,
  fields: Fields,
): PolicyNotice[] {
  const unknown = [...fields.keys()].filter((name) => !known.has(name));
  const ignored =
    fields.get("key_groups")?.kind === "list"
      ? ["age", ...Object.keys(ruleProviders)].filter((name) => reader.present(fields.get(name)) !== undefined)
      : [];
  const isForNobody = keyGroups.some(({ age, others }) => age.length + others.length === 0);
  return [
    ...unknown.map((name) => ({ message: `SOPS does not know ${name}`, location: reader.locate(fields.get(name)) })),
    ...ignored.map((name) => {
      return { message: `${name} does not count beside key_groups`, location: reader.locate(fields.get(name)) };
    }),
    ...(isForNobody ? [{ message: "A rule names nobody who can read", location }] : []),
  ];
}
