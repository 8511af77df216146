import { failed, ok, type Result, type SopsFailure } from "../result.ts";
import type { TreeNode } from "../text/tree.ts";
import type { CreationRule, Policy, PolicyNotice } from "./policy.ts";
import { PolicyReader } from "./policy-reader.ts";
import { readRule } from "./read-rule.ts";

const known = new Set(["creation_rules", "destination_rules", "stores"]);

/** A text longer than this is no policy. */
const mostCharacters = 4 * 1024 * 1024;

/** What a `.sops.yaml` says. Every problem at once, each with its place: `policy-invalid`. */
export async function parsePolicy(path: string, text: string): Promise<Result<Policy>> {
  if (text.length > mostCharacters) {
    return failed({ code: "policy-invalid", message: `${path} is too long to be a policy` });
  }
  const reader = new PolicyReader(path, text);
  const notices: PolicyNotice[] = [];
  const root = reader.mapping(reader.root, "The file");
  const rulesNode = root.get("creation_rules");
  const rules: CreationRule[] = [];
  for (const [index, node] of reader.list(rulesNode, "creation_rules").entries())
    rules.push(await readRule(reader, node, index, notices));
  const policy: Policy = {
    path,
    text,
    rules: reader.present(rulesNode) === undefined ? undefined : rules,
    indent: readIndent(reader, root.get("stores")),
    // Names that begin so are a usual place for anchors.
    notices: [
      ...[...root.keys()]
        .filter((name) => !known.has(name) && !/^(x-|_|keys$)/.test(name))
        .map((name) => ({ message: `SOPS does not know ${name}`, location: reader.locate(root.get(name)) })),
      ...notices,
    ],
  };
  return reader.failures.length === 0 ? ok(policy) : failed(...reader.failures.toSorted(byPlace));
}

function byPlace({ location: a }: SopsFailure, { location: b }: SopsFailure): number {
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
}

function readIndent(reader: PolicyReader, node: TreeNode | undefined): Policy["indent"] {
  const stores = reader.mapping(node, "stores");
  const names = { yaml: "yaml", json: "json", jsonBinary: "json_binary" } as const;
  const indents = Object.entries(names).map(([key, name]) => {
    const indent = reader.number(reader.mapping(stores.get(name), name).get("indent"), "indent");
    return [key, indent !== undefined && indent >= 0 && indent <= 100 ? indent : undefined];
  });
  return Object.fromEntries(indents.filter(([, indent]) => indent !== undefined));
}
