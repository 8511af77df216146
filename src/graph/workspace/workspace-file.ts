import type { Problem } from "../../definition/problem.ts";
import { isRecord } from "../../files/is-record.ts";

/** Where the packages of a workspace are: patterns of folders; `!` in front excludes. */
export type Patterns =
  | { readonly ok: true; readonly patterns: readonly string[] }
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
 * The folders that a pnpm-workspace.yaml names. Reads the form that is in use, a list of texts under `packages`, and
 * says so when it meets another one: a package that went unseen would be one that nobody tests.
 */
export function pnpmPatterns(text: string): Patterns {
  const lines = text.split(/\r?\n/);
  const start = lines.findIndex((line) => /^["']?packages["']?\s*:/.test(line));
  if (start === -1) return { ok: true, patterns: [] };
  const rest = withoutComment(lines[start]!.slice(lines[start]!.indexOf(":") + 1)).trim();
  if (rest !== "") return flowList(rest, start + 1);
  const patterns: string[] = [];
  for (const [index, line] of lines.slice(start + 1).entries()) {
    const body = withoutComment(line).trimEnd();
    if (body === "") continue;
    const item = /^\s*-\s+(.+)$/.exec(body)?.[1];
    if (item === undefined && /^\S/.test(body) && !body.startsWith("-")) break;
    const value = item === undefined ? undefined : scalar(item.trim());
    if (value === undefined) return unreadable(start + index + 2);
    patterns.push(value);
  }
  return { ok: true, patterns };
}

function flowList(text: string, line: number): Patterns {
  const inner = /^\[(.*)\]$/.exec(text)?.[1];
  if (inner === undefined) return unreadable(line);
  const items = [...inner.matchAll(/"[^"\\]*"|'(?:[^']|'')*'|[^,\s][^,]*/g)].map(([item]) => scalar(item.trim()));
  const known = items.filter((item) => item !== undefined);
  return known.length === items.length ? { ok: true, patterns: known } : unreadable(line);
}

/** A text in double or single quotes, or without. Escapes, anchors, tags and the like are not read. */
function scalar(text: string): string | undefined {
  if (text.startsWith('"')) return /^"([^"\\]*)"$/.exec(text)?.[1];
  if (text.startsWith("'")) return /^'((?:[^']|'')*)'$/.exec(text)?.[1]?.replaceAll("''", "'");
  return /^[!&*?|>@`%{}[\]]|: |:$/.test(text) && !/^\*\*?(\/|$)/.test(text) ? undefined : text;
}

/** A comment begins with `#` after a space, outside of quotes. */
function withoutComment(line: string): string {
  const found = /^((?:"[^"]*"|'[^']*'|[^#"']|(?<=\S)#)*?)(?:(?<=^|\s)#.*)?$/.exec(line);
  return found?.[1] ?? line;
}

function unreadable(line: number): Patterns {
  return { ok: false, because: `line ${line}: \`packages\` is not a plain list of texts` };
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
