import { type Layout, placeScalar, scalarPlaces } from "./layout.ts";
import { type ParsedFile, parseFile } from "./parsed-file.ts";
import { toPlain } from "./plain.ts";
import { ChangeProblem } from "./problems.ts";
import { applySplices, type Splice } from "./splice.ts";
import { type Collection, type Entry, findEntry, itemsOf, type TreeNode } from "./tree.ts";
import type { Change, KeyPath, PlainValue, Scalar } from "./value.ts";

/** A plaintext with some changes made. */
export interface Changed {
  readonly text: string;
  /** How many of the changes are made. */
  readonly count: number;
}

/**
 * Makes the first of some changes to a plaintext, and at once those after it that add to the same collection.
 * @throws ChangeProblem, SyntaxProblem
 */
export function changeText(
  format: ParsedFile["format"],
  layout: Layout,
  text: string,
  changes: readonly [Change, ...Change[]],
): Changed {
  const parsed = parseFile(format, layout, text);
  const [root] = parsed.documents;
  const [first] = changes;
  if (root === undefined || first.path.length === 0) throw new ChangeProblem("the path names nothing");
  const count = text.endsWith("\n") ? additions(root, changes) : 1;
  const splices = changes.slice(0, Math.max(1, count)).flatMap((change) => splicesOf(layout, parsed, root, change));
  return { text: applySplices(text, splices), count: Math.max(1, count) };
}

/** How many changes in a row add different keys to one mapping that is not empty. */
function additions(root: Collection, changes: readonly Change[]): number {
  const added = new Set<string | number | undefined>();
  let collection: TreeNode | undefined;
  for (const [count, change] of changes.entries()) {
    const { end, missing } = trace(root, change.path);
    const key = change.path[missing];
    const isAddition = !("remove" in change) && end.kind === "map" && end.items.length > 0 && typeof key === "string";
    if (!isAddition || added.has(key) || (collection ?? end) !== end) return count;
    collection = end;
    added.add(key);
  }
  return changes.length;
}

function splicesOf(layout: Layout, parsed: ParsedFile, root: Collection, change: Change): Splice[] {
  return "remove" in change ? remove(layout, parsed, root, change.path) : set(layout, parsed, root, change);
}

/** How far a path leads into a tree. */
interface Trace {
  readonly collection: Collection;
  /** The entry of its last step that exists, and the collection it is in. */
  readonly found?: { readonly parent: Collection; readonly entry: Entry };
  /** Where the path leads no further, and which of its steps is the first that is missing. */
  readonly end: TreeNode;
  readonly missing: number;
}

function trace(root: Collection, path: KeyPath): Trace {
  let end: TreeNode = root;
  let collection = root;
  let found: Trace["found"];
  for (const [missing, step] of path.entries()) {
    const entry = findEntry(end, step);
    if (entry === undefined || end.kind === "scalar") return { collection, end, missing, ...(found && { found }) };
    collection = end;
    found = { parent: end, entry };
    end = entry.value;
  }
  return { collection, end, missing: path.length, ...(found && { found }) };
}

function remove(layout: Layout, parsed: ParsedFile, root: Collection, path: KeyPath): Splice[] {
  const { found, missing } = trace(root, path);
  if (missing < path.length || found === undefined) return [];
  return [layout.remove(parsed, found.parent, found.entry)];
}

type Setting = Extract<Change, { readonly value: PlainValue }>;

function set(layout: Layout, parsed: ParsedFile, root: Collection, { path, value }: Setting): Splice[] {
  const { found, end, missing } = trace(root, path);
  const rest = path.slice(missing + 1);
  if (found !== undefined && missing === path.length) return replace(layout, parsed, found, value);
  if (end.kind === "scalar") {
    if (end.plain.type !== "null" || found === undefined) throw new ChangeProblem("the path leads below a value");
    return replace(layout, parsed, found, nest(path.slice(missing), value));
  }
  const step = path[missing]!;
  const fits = end.kind === "map" ? typeof step === "string" : step === itemsOf(end).length;
  if (!fits) throw new ChangeProblem(end.kind === "map" ? "a mapping has no index" : "a list has no such index");
  return [layout.add(parsed, end, typeof step === "string" ? step : undefined, nest(rest, value))];
}

function replace(
  layout: Layout,
  parsed: ParsedFile,
  { parent, entry }: NonNullable<Trace["found"]>,
  value: PlainValue,
): Splice[] {
  const isScalar = value === null || typeof value !== "object" || value instanceof Date;
  const place = entry.value.kind === "scalar" ? scalarPlaces(parsed)[entry.value.index] : undefined;
  if (!isScalar || entry.value.kind !== "scalar" || place === undefined || parsed.format === "dotenv") {
    return [layout.replace(parsed, parent, entry, value)];
  }
  return placeScalar(parsed.text, entry.value, layout.scalar(toPlain(value as Scalar), place));
}

/** A value below mappings, and lists of one item, that do not exist yet. */
function nest(path: KeyPath, value: PlainValue): PlainValue {
  return path.reduceRight<PlainValue>((inner, step) => {
    if (typeof step === "string") return new Map([[step, inner]]);
    if (step !== 0) throw new ChangeProblem("a list has no such index");
    return [inner];
  }, value);
}
