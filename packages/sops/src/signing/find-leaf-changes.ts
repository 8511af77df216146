import type { SignatureFinding } from "./findings.ts";
import type { LeafOutline } from "./outline.ts";
import type { SignableLeaf } from "./signable.ts";

/** A leaf of the file with its outline. */
interface Present {
  readonly outline: LeafOutline;
  readonly leaf: SignableLeaf;
}

/** What was renamed, added, removed, changed or moved among the leaves. `outlines` and `leaves` go side by side. */
export function findLeafChanges(
  signed: readonly LeafOutline[],
  outlines: readonly LeafOutline[],
  leaves: readonly SignableLeaf[],
): SignatureFinding[] {
  const present = outlines.map((outline, index): Present => ({ outline, leaf: leaves[index]! }));
  const before = new Map(signed.map((outline) => [outline.path, outline]));
  const after = new Set(outlines.map(({ path }) => path));
  const gone = signed.filter(({ path }) => !after.has(path));
  const changed = present.flatMap((one) => compare(before.get(one.outline.path), one));
  const unnamed = present.filter(({ outline }) => !before.has(outline.path));
  const found = [...changed, ...pairUp(unnamed, gone, signed, present)];
  return found.length === 0 && isReordered(signed, outlines) ? [{ kind: "reordered" }] : found;
}

function compare(before: LeafOutline | undefined, { outline, leaf }: Present): SignatureFinding[] {
  if (before === undefined) return [];
  const { path, isEncrypted } = leaf;
  if (before.isEncrypted !== outline.isEncrypted) return [{ kind: "encryption", path, isEncrypted }];
  const found: SignatureFinding[] = [];
  if (before.type !== outline.type) found.push({ kind: "type", path, from: before.type, to: outline.type });
  if (before.text !== outline.text) found.push({ kind: "value", path, isEncrypted });
  return found;
}

/** A new name with the content of a vanished one is a rename; the others were added or removed. */
function pairUp(
  unnamed: readonly Present[],
  gone: readonly LeafOutline[],
  signed: readonly LeafOutline[],
  present: readonly Present[],
): SignatureFinding[] {
  const twins = Map.groupBy(gone, contentOf);
  const renamed = new Set<LeafOutline>();
  const found = unnamed.map(({ outline, leaf }): SignatureFinding => {
    const twin = twins.get(contentOf(outline))?.shift();
    if (twin === undefined) return { kind: "added", path: leaf.path };
    renamed.add(twin);
    return { kind: "renamed", path: leaf.path };
  });
  const left = new Set(gone.filter((outline) => !renamed.has(outline)));
  return [...found, ...describeRemoved(left, signed, present)];
}

function contentOf({ type, isEncrypted, text }: LeafOutline): string {
  return `${type} ${isEncrypted} ${text}`;
}

/** The name of what is gone is not known any more, but where it stood is. */
function describeRemoved(
  gone: ReadonlySet<LeafOutline>,
  signed: readonly LeafOutline[],
  present: readonly Present[],
): SignatureFinding[] {
  const names = new Map(present.map(({ outline, leaf }) => [outline.path, leaf.path]));
  return signed.flatMap((outline, index): SignatureFinding[] => {
    if (!gone.has(outline)) return [];
    const after = names.get(signed[index - 1]?.path ?? "");
    return [after === undefined ? { kind: "removed" } : { kind: "removed", after }];
  });
}

function isReordered(signed: readonly LeafOutline[], present: readonly LeafOutline[]): boolean {
  return signed.length !== present.length || signed.some(({ path }, index) => path !== present[index]!.path);
}
