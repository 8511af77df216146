import type { ParsedFile } from "../text/parsed-file.ts";
import type { Plain } from "../text/plain.ts";
import { aadOf, type CommentNode, type ScalarNode, type Visit, walkTree } from "../text/tree.ts";
import { encryptValue } from "./cipher.ts";
import { Mac } from "./mac.ts";
import type { Reuse } from "./reuse.ts";
import type { Selection } from "./selector.ts";

/** What has to be written, and the MAC of the plaintext. */
export interface EncryptedTree {
  /** What has to stand for scalars, by their index; undefined: as it is, in plaintext. */
  readonly scalars: readonly (string | undefined)[];
  readonly comments: readonly (string | undefined)[];
  readonly mac: string;
}

interface Context {
  readonly selection: Selection;
  readonly key: Uint8Array;
  readonly macOnlyEncrypted: boolean;
  readonly plains: readonly Plain[];
  readonly comments: readonly string[];
  /** What can be kept; undefined when the data key is a new one. */
  readonly reuse: Reuse | undefined;
}

/** Source: getsops/sops `sops.go`, `Tree.Encrypt`. */
export function encryptTree(parsed: ParsedFile, context: Context): EncryptedTree {
  const { selection, key, plains } = context;
  const scalars: (string | undefined)[] = [];
  const comments: (string | undefined)[] = [];
  const mac = new Mac(context.macOnlyEncrypted);
  const take = context.reuse?.take();
  const encrypt = (plain: Plain, aad: string) => take?.(aad, plain) ?? encryptValue(plain, key, aad);
  const above = (visit: Visit<ScalarNode | CommentNode>) =>
    visit.above.map((indices) => indices.map((index) => context.comments[index] ?? ""));
  walkTree(parsed.content, {
    scalar: (visit) => {
      const plain = plains[visit.node.index] ?? visit.node.plain;
      const isEncrypted = plain.type !== "null" && selection.encrypts(visit.keys, above(visit));
      mac.add(plain, isEncrypted);
      if (isEncrypted) scalars[visit.node.index] = isEmpty(plain) ? "" : encrypt(plain, aadOf(visit.keys));
    },
    comment: (visit) => {
      const text = context.comments[visit.node.index] ?? visit.node.text;
      if (text === "" || !selection.encryptsComment(visit.keys, above(visit))) return;
      comments[visit.node.index] = encrypt({ type: "comment", text }, aadOf(visit.keys));
    },
  });
  return { scalars, comments, mac: mac.digest() };
}

function isEmpty({ type, text, bytes }: Plain): boolean {
  return type === "str" && text === "" && bytes === undefined;
}
