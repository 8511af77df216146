import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { type DocumentName, documentNames } from "../names.ts";

/** A document that the checklist asks for. */
export interface Wanted {
  readonly name: DocumentName;
  /** Relative to the repository, with slashes. */
  readonly path: string;
}

/** What a task file says, as far as it matters for recording that it was done. */
export interface TaskFile {
  /** `P03-S09-T09`. */
  readonly id: string;
  readonly title: string;
  /** Without its `@`; absent: the file names none. */
  readonly agent?: string;
  /** Ids of the tasks before and after; absent: none. */
  readonly previous?: string;
  readonly next?: string;
  /** In the order of `documentNames`. */
  readonly wanted: readonly Wanted[];
  /** What the task wants to have remembered: the lines of "Add to Brain". */
  readonly brain: readonly string[];
  readonly subtasks: readonly Subtask[];
}

export interface Subtask {
  /** `P03-T09-S01`. */
  readonly id: string;
  readonly title: string;
  /** What is so once it is done. */
  readonly states: readonly string[];
  /** The documents that it names. */
  readonly documents: readonly DocumentName[];
}

const checklistLine = /^(\s*[-*] \[)([ xX])(\] )(.+?)( — )([^\r\n]*?)([ \t]*)$/;

/**
 * Reads a task file. Line ends of Windows and a byte order mark make no difference. Fails with `task-file-invalid` and everything
 * that is missing, among it when it asks for other artefacts than the four documents.
 */
export function parseTaskFile(text: string, where: string): Result<TaskFile> {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const { fields, body } = frontMatter(lines);
  const sections = sectionsOf(body);
  const items = (sections.get("output artifacts checklist") ?? []).flatMap((line) => itemOf(line) ?? []);
  const id = fields.get("task_id") ?? "";
  const title = fields.get("title") ?? "";
  const wanted = documentNames.flatMap((name) => {
    const item = items.find((one) => baseName(one) === name);
    return item === undefined ? [] : [{ name, path: item }];
  });
  const failures = [
    ...missingFields(where, { id, title }),
    ...artefactFailures(where, items, wanted),
    ...pathFailures(where, wanted),
  ];
  if (failures.length > 0) return failed(...failures);
  const agent = fields.get("agent")?.replace(/^@/, "");
  const [previous, next] = ["previous_task", "next_task"].map((name) => idOf(fields.get(name)));
  return ok({
    id,
    title,
    wanted,
    brain: (sections.get("add to brain") ?? []).flatMap(bulletOf),
    subtasks: subtasksOf(body),
    ...(agent && { agent }),
    ...(previous && { previous }),
    ...(next && { next }),
  });
}

/**
 * The text with the lines of the produced paths ticked, and without `(missing)`; those of the other wanted ones without a tick,
 * and with it; every other byte as it was.
 */
export function tick(text: string, produced: readonly Wanted[], wanted: readonly Wanted[]): string {
  const [there, all] = [new Set(produced.map(({ path }) => path)), new Set(wanted.map(({ path }) => path))];
  return text.replace(/[^\n]+/g, (whole) => {
    const end = whole.endsWith("\r") ? "\r" : "";
    const line = end === "" ? whole : whole.slice(0, -1);
    const [, before, mark, after, path, dash, name, space] = checklistLine.exec(line) ?? [];
    if (path === undefined || !all.has(path.trim())) return whole;
    const plain = name!.replace(/\s*\(missing\)$/, "");
    if (there.has(path.trim())) return `${before}x${after}${path}${dash}${plain}${space}${end}`;
    return mark === " " ? whole : `${before} ${after}${path}${dash}${plain} (missing)${space}${end}`;
  });
}

/** `---`, `key: value` lines, `---`; nothing of YAML beyond that is in use there. */
function frontMatter(lines: readonly string[]): { fields: ReadonlyMap<string, string>; body: readonly string[] } {
  const end = lines[0]?.trim() === "---" ? lines.findIndex((line, at) => at > 0 && line.trim() === "---") : -1;
  const fields = lines.slice(1, Math.max(end, 1)).flatMap((line): [string, string][] => {
    const [, key, value] = /^([A-Za-z_]+):\s*(.*?)\s*$/.exec(line) ?? [];
    return key === undefined ? [] : [[key, value!.replace(/^(["'])(.*)\1$/, "$2")]];
  });
  return { fields: new Map(fields), body: lines.slice(end + 1) };
}

/** By heading, in lower case; a heading of any level ends the section before. */
function sectionsOf(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines) {
    const heading = /^#{1,6}\s+(.*?)\s*#*\s*$/.exec(line)?.[1];
    if (heading === undefined) current.push(line);
    else {
      current = [];
      sections.set(heading.toLowerCase(), current);
    }
  }
  return sections;
}

function itemOf(line: string): string | undefined {
  return checklistLine.exec(line)?.[4]?.trim();
}

function bulletOf(line: string): string[] {
  const text = /^\s*[-*]\s+(.*\S)\s*$/.exec(line)?.[1];
  return text === undefined ? [] : [text];
}

function subtasksOf(lines: readonly string[]): Subtask[] {
  const starts = lines.flatMap((line, at) => (/^#{2,6}\s+Subtask\b/i.test(line) ? [at] : []));
  return starts.map((start) => {
    const rest = lines.slice(start + 1);
    const length = rest.findIndex((line) => /^#/.test(line));
    const own = length === -1 ? rest : rest.slice(0, length);
    const text = own.join("\n");
    return {
      id: /\*\*ID\*\*:\s*(\S+)/.exec(text)?.[1] ?? "",
      title: lines[start]!.replace(/^#+\s+(Subtask[-\s]*\d*:?\s*)?/i, "").trim(),
      states: own.flatMap((line) => /InternalState:\s*(.*\S)\s*$/.exec(line)?.[1] ?? []),
      documents: documentNames.filter((name) => text.includes(name)),
    };
  });
}

function missingFields(where: string, { id, title }: { readonly id: string; readonly title: string }): Failure[] {
  const missing = [...(id === "" ? ["task_id"] : []), ...(title === "" ? ["title"] : [])];
  if (missing.length === 0) return [];
  const message = `${where} is not a task file: its head has no ${missing.join(" and no ")}`;
  return [{ code: "task-file-invalid", message, hint: "A task file begins with a head between two lines of `---`." }];
}

function artefactFailures(where: string, items: readonly string[], wanted: readonly Wanted[]): Failure[] {
  const others = items.filter((item) => !documentNames.some((name) => name === baseName(item)));
  const absent = documentNames.filter((name) => !wanted.some((one) => one.name === name));
  const twice = documentNames.filter((name) => items.filter((item) => baseName(item) === name).length > 1);
  if (others.length + absent.length + twice.length === 0) return [];
  const cause = [
    ...(absent.length > 0 ? [`Its checklist does not ask for ${absent.join(", ")}.`] : []),
    ...(others.length > 0 ? [`It asks for ${others.join(", ")}.`] : []),
    ...(twice.length > 0 ? [`It asks more than once for ${twice.join(", ")}.`] : []),
  ].join("\n");
  const hint = `Tidegate writes these four, each once: ${documentNames.join(", ")}.`;
  return [{ code: "task-file-invalid", message: `${where} is a task for other artefacts`, cause, hint }];
}

function pathFailures(where: string, wanted: readonly Wanted[]): Failure[] {
  return wanted
    .filter(({ path }) => leavesRepository(path))
    .map(({ path }) => ({
      code: "path-outside-project",
      message: `${where} names a path that leads outside the repository: ${JSON.stringify(path)}`,
      hint: "Write it relative to the repository, with slashes and without `..`.",
    }));
}

/** Absolute in whatever system, with a part that goes up, or with what no path has: separators and drives of Windows, too. */
function leavesRepository(path: string): boolean {
  return /^(\/|~|[A-Za-z]:)/.test(path) || path.split("/").includes("..") || /[\0\\]/.test(path);
}

/** Also of a path that is refused for its separators, so that it is refused for those. */
function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}

function idOf(value: string | undefined): string | undefined {
  return value === undefined || /^(none|null|~)?$/i.test(value) ? undefined : value;
}
