import type { Problem } from "../../definition/problem.ts";
import { isRecord } from "../../files/is-record.ts";

/** Where the packages of a workspace are: patterns of folders; `!` in front excludes. And what pnpm keeps beside them. */
export type Patterns =
  | { readonly ok: true; readonly patterns: readonly string[]; readonly overrides?: unknown }
  | { readonly ok: false; readonly because: string };

/** The folders that a root package.json names: a list, or yarn's object with a list of `packages`. */
export function packageFilePatterns(content: Readonly<Record<string, unknown>>): Patterns | undefined {
  const { workspaces } = content;
  if (workspaces === undefined) return undefined;
  const list = isRecord(workspaces) && !Array.isArray(workspaces) ? workspaces.packages : workspaces;
  if (Array.isArray(list) && list.every((item) => typeof item === "string")) return { ok: true, patterns: list };
  return { ok: false, because: "`workspaces` is not a list of folders" };
}

/**
 * The folders that a pnpm-workspace.yaml names. What is no list of texts is said, with its line: a package that went unseen would be
 * one that nobody tests. Few projects have such a file, and YAML takes its time to load.
 */
export async function pnpmPatterns(text: string): Promise<Patterns> {
  const { isCollection, isMap, isScalar, isSeq, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number) => lines.linePos(offset).line;
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) return unreadable(lineOf(error.pos[0]), `not readable YAML (${error.code})`);
  const list = isCollection(document.contents) ? document.get("packages", true) : undefined;
  const overriding = isCollection(document.contents) ? document.get("overrides", true) : undefined;
  const overrides: unknown = isMap(overriding) ? overriding.toJS(document) : undefined;
  if (list === undefined) return { ok: true, patterns: [], overrides };
  const items = isSeq(list) ? list.items : [list];
  const other = isSeq(list) ? items.find((item) => !isScalar(item) || typeof item.value !== "string") : list;
  if (other === undefined)
    return { ok: true, patterns: items.map((item) => String(isScalar(item) && item.value)), overrides };
  const [offset = 0] = (other as { readonly range?: readonly number[] }).range ?? [];
  return unreadable(lineOf(offset), "`packages` is not a list of strings");
}

function unreadable(line: number, why: string): Patterns {
  return { ok: false, because: `line ${line}: ${why}` };
}

/** The problem that `file` (relative to the project) cannot be used. */
export function workspaceProblem(file: string, because: string): Problem {
  return {
    code: "workspace-invalid",
    path: ["packages"],
    message: `The packages of the workspace cannot be found: ${file} cannot be read`,
    cause: because,
    hint: `Correct ${file}.`,
  };
}
