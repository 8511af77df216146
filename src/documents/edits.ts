import type { DocumentName } from "./names.ts";
import { generatedJson } from "./render/notes.ts";
import { generatedLines, unix } from "./render/regions.ts";

/** The first place where a document is not as it was generated. */
export interface Edit {
  /** From 1, in the file as it stands. */
  readonly line: number;
  /** The heading or the key that it is under; absent: above all of them. */
  readonly section?: string;
  /** What had been generated there; absent: nothing. */
  readonly generated?: string;
}

/** `undefined` when only what people may write is otherwise. `rendered`: the document as it was generated. */
export function firstEdit(name: DocumentName, rendered: string, present: string): Edit | undefined {
  return name.endsWith(".json") ? editOfJson(rendered, present) : editOfMarkdown(rendered, present);
}

function editOfMarkdown(rendered: string, present: string): Edit | undefined {
  const [was, is] = [generatedLines(rendered), generatedLines(present)];
  const at = was.findIndex(({ text }, index) => text !== is[index]?.text);
  const index = at === -1 && is.length > was.length ? was.length : at;
  if (index === -1) return undefined;
  const section = is.slice(0, index + 1).findLast(({ text }) => /^##? /.test(text));
  return {
    line: is[index]?.line ?? is.at(-1)!.line,
    ...(section && { section: section.text.replace(/^#+ /, "") }),
    ...(was[index] && { generated: was[index].text }),
  };
}

function editOfJson(rendered: string, present: string): Edit | undefined {
  const generated = generatedJson(present);
  if (generated === undefined) return { line: 1 };
  if (generated === rendered) return undefined;
  const [was, is] = [JSON.parse(rendered) as unknown, JSON.parse(generated) as unknown];
  const path = firstDifference(was, is) ?? [];
  const before = valueAt(was, path);
  return {
    line: firstOtherLine(rendered, present),
    ...(path.length > 0 && { section: path.join(".") }),
    ...(before !== undefined && { generated: JSON.stringify(before) }),
  };
}

type Path = readonly (string | number)[];

/** The keys that lead to the first value that is otherwise. `[]`: the fields are the same, in another order. */
function firstDifference(was: unknown, is: unknown): Path | undefined {
  if (JSON.stringify(was) === JSON.stringify(is)) return undefined;
  if (!isTree(was) || !isTree(is) || Array.isArray(was) !== Array.isArray(is)) return [];
  const key = [...new Set([...Object.keys(was), ...Object.keys(is)])].find(
    (one) => firstDifference(was[one], is[one]) !== undefined,
  );
  if (key === undefined) return [];
  return [Array.isArray(is) ? Number(key) : key, ...(firstDifference(was[key], is[key]) ?? [])];
}

function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce((value, key) => (isTree(value) ? value[String(key)] : undefined), tree);
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** In a file that was laid out anew that is where the layout begins to be another. */
function firstOtherLine(rendered: string, present: string): number {
  const [was, is] = [rendered.split("\n"), unix(present).split("\n")];
  const index = is.findIndex((line, at) => line !== was[at]);
  return Math.max(index, 0) + 1;
}
