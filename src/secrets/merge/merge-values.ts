import { isSamePlain } from "../files/to-plain.ts";
import type { Change, KeyPath, PlainValue } from "../sops/types.ts";

/** What one side did to a key since the common ancestor. */
export type SideChange = "added" | "changed" | "removed";

/** A key that both sides changed, differently. No values. */
export interface MergeConflict {
  readonly path: KeyPath;
  readonly ours: SideChange;
  readonly theirs: SideChange;
}

/** The outcome: what to take over, and what somebody has to settle. */
export interface MergedValues {
  /** What to do to our side to have both sides' changes. */
  readonly changes: readonly Change[];
  readonly conflicts: readonly MergeConflict[];
}

type Content = ReadonlyMap<string, PlainValue>;

/**
 * Three-way merge by key: what only one side changed is taken, what both changed alike is fine, maps are merged member by member,
 * lists and scalars are one value. A conflict leaves our side's value.
 */
export function mergeValues(base: Content, ours: Content, theirs: Content, path: KeyPath = []): MergedValues {
  const keys = new Set([...ours.keys(), ...theirs.keys(), ...base.keys()]);
  const merged = [...keys].map((key) => mergeOne([...path, key], base.get(key), ours.get(key), theirs.get(key)));
  return {
    changes: merged.flatMap(({ changes }) => changes),
    conflicts: merged.flatMap(({ conflicts }) => conflicts),
  };
}

type Value = PlainValue | undefined;

const nothing: MergedValues = { changes: [], conflicts: [] };

function mergeOne(path: KeyPath, base: Value, ours: Value, theirs: Value): MergedValues {
  if (isEqual(ours, theirs) || isEqual(base, theirs)) return nothing;
  if (isEqual(base, ours)) {
    const change: Change = theirs === undefined ? { path, remove: true } : { path, value: theirs };
    return { changes: [change], conflicts: [] };
  }
  if (isMap(ours) && isMap(theirs)) return mergeValues(isMap(base) ? base : new Map(), ours, theirs, path);
  return { changes: [], conflicts: [{ path, ours: changeOf(base, ours), theirs: changeOf(base, theirs) }] };
}

function isEqual(one: Value, other: Value): boolean {
  return (one === undefined && other === undefined) || isSamePlain(one, other);
}

function changeOf(base: Value, side: Value): SideChange {
  if (side === undefined) return "removed";
  return base === undefined ? "added" : "changed";
}

function isMap(value: Value): value is Content {
  return value instanceof Map;
}
