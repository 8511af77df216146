import type { Result } from "../result.ts";
import { checkSignature, type Signed } from "../signing/check-signature.ts";
import type { SignableComment, SignableFile, SignableLeaf, SignableRecipient } from "../signing/signable.ts";
import type { SignersFile } from "../signing/signers-file.ts";
import { type ScalarNode, type Visit, walkTree } from "../text/tree.ts";
import { parseEncrypted } from "./cipher.ts";
import { internalsOf } from "./internal-file.ts";
import { recipientId } from "./recipients.ts";
import type { KeyPath, PlainValue, SopsFile, SopsMetadata } from "./types.ts";

/** Refuses (`unsigned`, `signature-wrong`) a file that is not as somebody signed it who may; see `checkSignature`. */
export function checkSopsSignature(file: SopsFile, signers: SignersFile): Result<Signed> {
  return checkSignature(file.path, toSignable(file), file.metadata.signature, signers);
}

/** What a signature covers of a file, as it is stored. */
export function toSignable(file: SopsFile): SignableFile {
  const { parsed } = internalsOf(file);
  const isOneDocument = parsed.content.length === 1;
  const pathOf = (document: number, path: KeyPath) => (isOneDocument ? path : [document, ...path]);
  const types = new Map(file.leaves.map((leaf) => [leafName(leaf.document, leaf.path), leaf]));
  const leaves: SignableLeaf[] = [];
  const comments: SignableComment[] = [];
  walkTree(parsed.content, {
    scalar: (visit) => {
      const { node, document, path } = visit;
      const leaf = isCommentOf(visit) ? undefined : types.get(leafName(document, path));
      if (leaf === undefined)
        comments.push({ path: pathOf(document, path.slice(0, -1)), position: leaves.length, text: node.plain.text });
      else
        leaves.push({
          path: pathOf(document, path),
          type: leaf.type,
          isEncrypted: leaf.isEncrypted,
          text: leaf.stored,
        });
    },
    comment: ({ node, document, path }) =>
      comments.push({ path: pathOf(document, path), position: leaves.length, text: node.text }),
    empty: (path, document, kind) =>
      leaves.push({ path: pathOf(document, path), type: kind, isEncrypted: false, text: "" }),
  });
  const { mac, lastModified: lastmodified } = file.metadata;
  const recipients = file.metadata.keyGroups.flatMap((_, group) => recipientsOf(file.metadata, group));
  return {
    format: file.format,
    leaves,
    comments,
    selectors: selectorsOf(file.metadata),
    recipients,
    mac,
    lastmodified,
  };
}

function isCommentOf({ node }: Visit<ScalarNode>): boolean {
  return parseEncrypted(node.plain.text)?.type === "comment";
}

function leafName(document: number, path: KeyPath): string {
  return JSON.stringify([document, ...path]);
}

function selectorsOf({ selector, macOnlyEncrypted, shamirThreshold, keyGroups }: SopsMetadata): Record<string, string> {
  return {
    [selector.kind]: "suffix" in selector ? selector.suffix : selector.regex,
    ...(macOnlyEncrypted && { mac_only_encrypted: "true" }),
    ...(keyGroups.length > 1 && { shamir_threshold: String(shamirThreshold) }),
  };
}

function recipientsOf({ keyGroups }: SopsMetadata, group: number): SignableRecipient[] {
  const { age = [], others = [] } = keyGroups[group] ?? {};
  return [
    ...age.map(({ recipient, enc }) => ({ group, kind: "age", id: recipient, wrap: enc })),
    ...others.map(({ provider, fields }) => {
      const id = fields instanceof Map ? recipientId(provider, fields) : "";
      return { group, kind: provider, id, wrap: canonical(fields) };
    }),
  ];
}

/** The same text for the same entry, whatever the order of its fields. */
function canonical(value: PlainValue): string {
  return JSON.stringify(value, (_, child: unknown) => {
    if (child instanceof Map) return [...child].toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1));
    return typeof child === "bigint" ? `${child}` : child;
  });
}
