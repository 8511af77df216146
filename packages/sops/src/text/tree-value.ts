import { type Plain, scalarOf } from "./plain.ts";
import { entriesOf, itemsOf, type TreeNode } from "./tree.ts";
import type { PlainValue, Scalar } from "./value.ts";

/** What a node stands for; `read` gives the plaintext of a scalar. */
export function treeValue(
  node: TreeNode,
  plains: readonly Plain[],
  read: (plain: Plain) => Scalar = scalarOf,
): PlainValue {
  if (node.kind === "scalar") return read(plains[node.index] ?? node.plain);
  if (node.kind === "list") return itemsOf(node).map(({ value }) => treeValue(value, plains, read));
  return new Map(entriesOf(node).map(({ key = "", value }) => [key, treeValue(value, plains, read)]));
}
