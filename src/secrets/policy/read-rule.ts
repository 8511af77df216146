import { compileGoRegexp } from "./go-regexp/go-regexp.ts";
import type { CreationRule, PolicyNotice, PolicySelector } from "./policy.ts";
import { selectorKinds } from "./policy.ts";
import { readKeyGroups, ruleProviders } from "./read-key-groups.ts";
import type { YamlReader } from "./yaml-reader.ts";

type Fields = ReadonlyMap<string, unknown>;

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
export function readRule(reader: YamlReader, node: unknown, index: number, notices: PolicyNotice[]): CreationRule {
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
    selector: readSelector(reader, fields, node),
    macOnlyEncrypted: reader.truth(fields.get("mac_only_encrypted"), "mac_only_encrypted"),
    matches: readRegexp(reader, pathRegex, fields.get("path_regex"), "path_regex"),
  };
  notices.push(...noticesOf(reader, rule, fields));
  return rule;
}

function readRegexp(
  reader: YamlReader,
  source: string | undefined,
  node: unknown,
  what: string,
): (text: string) => boolean {
  if (source === undefined) return () => true;
  const compiled = compileGoRegexp(source);
  if (compiled.ok) return (text) => compiled.regexp.test(text);
  const hint = "It is a regular expression of Go (RE2): https://pkg.go.dev/regexp/syntax";
  reader.refuse(`${what} is not a regular expression`, node, { cause: compiled.problem, hint });
  return () => false;
}

function readSelector(reader: YamlReader, fields: Fields, rule: unknown): PolicySelector | undefined {
  const selectors = selectorKinds.flatMap((kind): PolicySelector[] => {
    const value = reader.text(fields.get(kind), kind) ?? "";
    if (value !== "" && kind.endsWith("_regex")) readRegexp(reader, value, fields.get(kind), kind);
    return value === "" ? [] : [{ kind, value }];
  });
  if (selectors.length > 1) {
    const names = selectors.map(({ kind }) => kind).join(" and ");
    reader.refuse(`A rule can have one selector, and this one has ${names}`, fields.get(selectors[1]!.kind) ?? rule);
  }
  return selectors[0];
}

function readThreshold(reader: YamlReader, node: unknown, groups: number): number | undefined {
  const threshold = reader.number(node, "shamir_threshold") ?? 0;
  if (threshold === 0 || groups < 2) return undefined;
  if (threshold < 2 || threshold > groups) {
    reader.refuse(`shamir_threshold must be from 2 to the number of key groups, ${groups}`, node);
  }
  return threshold;
}

function noticesOf(
  reader: YamlReader,
  { keyGroups, location }: Pick<CreationRule, "keyGroups" | "location">,
  fields: Fields,
): PolicyNotice[] {
  const unknown = [...fields.keys()].filter((name) => !known.has(name));
  const ignored = reader.isList(fields.get("key_groups"))
    ? ["age", ...Object.keys(ruleProviders)].filter((name) => reader.follow(fields.get(name)) !== undefined)
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
