import { dirname } from "node:path";
import { barredOutput } from "../../graph/patterns/barred-output.ts";
import { isWithin, parsePattern } from "../../graph/patterns/pattern.ts";
import { type AuditFindings, type AuditScope, sorted } from "./findings.ts";

/** What git says of paths. */
export interface GitNames {
  isIgnored(path: string): boolean;
  isTracked(path: string): boolean;
  /** Git does not answer, in its own words: neither can be known. */
  readonly silentBecause?: string;
}

/** So many files of one folder are named one by one. */
const namedFiles = 4;

/**
 * The lines that declare what was found: whole lists, to be put in place of those that are there. Nothing is proposed that
 * the definition's checks would refuse; what cannot be declared is that the task changes sources, so that it is not cached. Where
 * git does not answer, outputs are not proposed: they are removed before each run, and git may track them.
 */
export function linesToAdd(
  scope: AuditScope,
  { reads, writes }: Pick<AuditFindings, "reads" | "writes">,
  git: GitNames,
): string[] {
  const { task } = scope.task;
  const folder = scope.task.package?.folder ?? "";
  const owners = sorted(reads.flatMap((path) => scope.ownerOf(path) ?? []));
  const files = reads.filter((path) => scope.ownerOf(path) === undefined && !isWithin(path, ".git"));
  const isThere = (path: string) => path.endsWith("/") || scope.isFile(path);
  const inputs = inputPatterns(
    scope,
    files.filter((path) => isThere(path) && !git.isIgnored(path)),
    git,
  );
  const local = packagesOr(files.filter((path) => isThere(path) && git.isIgnored(path)));
  const others = writes.filter((path) => scope.ownerOf(path) === undefined);
  const isOutput = (path: string) =>
    scope.isFile(path) &&
    !(reads.includes(path) || scope.inputs.has(path) || git.isTracked(path)) &&
    barredOutput(path) === undefined;
  const outputs = outputPatterns(scope, others.filter(isOutput));
  const cached = writes.every((path) => isOutput(path)) || task.cache === false ? [] : ["cache: false,"];
  return [
    ...(git.silentBecause === undefined ? [] : silentLines(git.silentBecause, reads, writes)),
    ...needsLine(scope.task.needs, owners),
    ...line("inputs", task.inputs, inputs, folder),
    ...line("localInputs", task.localInputs, local, folder),
    ...(git.silentBecause === undefined ? [...line("outputs", task.outputs, outputs, folder), ...cached] : []),
  ];
}

function silentLines(because: string, reads: readonly string[], writes: readonly string[]): string[] {
  if (reads.length + writes.length === 0) return [];
  const what =
    writes.length === 0 ? "which files it ignores" : "which files it ignores or tracks; no outputs are proposed";
  return [`// Git does not answer (${because}), so it is not known ${what}`];
}

/** Tasks are named by their variables, which are called like them where that is a name. */
function needsLine(before: readonly string[], more: readonly string[]): string[] {
  if (more.length === 0) return [];
  const all = [...before, ...more];
  if (all.every((name) => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name))) return [`needs: [${all.join(", ")}],`];
  return [`// needs, too: ${more.map((name) => JSON.stringify(name)).join(", ")}`];
}

/** Patterns of a package are relative to it: what stands outside of it can only be told. */
function line(key: string, before: readonly string[] = [], more: readonly string[], folder: string): string[] {
  const quotedList = (texts: readonly string[]) => texts.map((text) => JSON.stringify(text)).join(", ");
  const own = more
    .filter((text) => isWithin(text, folder))
    .map((text) => (folder ? text.slice(folder.length + 1) : text));
  const outside = more.filter((text) => !isWithin(text, folder));
  return [
    ...(own.length === 0 ? [] : [`${key}: [${quotedList([...new Set([...before, ...own])])}],`]),
    ...(outside.length === 0 ? [] : [`// ${key} outside of the package: ${quotedList(outside)}`]),
  ];
}

/** A folder that was listed, or of which many files were read, is a pattern: where that means nothing else. */
function inputPatterns(scope: AuditScope, paths: readonly string[], git: GitNames): string[] {
  const files = paths.filter((path) => !path.endsWith("/"));
  const listed = paths.filter((path) => path.endsWith("/")).map((path) => path.slice(0, -1));
  const many = [...Map.groupBy(files, dirname)].filter(([, those]) => those.length > namedFiles);
  const isClean = (folder: string) => {
    const found = folder === "." ? [] : (scope.filesIn(folder) ?? []);
    return found.length > 0 && found.every((path) => scope.ownerOf(path) === undefined && !git.isIgnored(path));
  };
  const folders = new Set([...listed, ...many.map(([folder]) => folder)].filter(isClean));
  const single = files.filter((path) => !folders.has(dirname(path)));
  return sorted([...[...folders].flatMap((folder) => textOf(folder, "/*")), ...single.flatMap((path) => textOf(path))]);
}

/** A folder with nothing in it but what the task wrote is a pattern: a pattern of outputs is removed before the task runs. */
function outputPatterns(scope: AuditScope, files: readonly string[]): string[] {
  const written = new Set(files);
  return sorted(
    [...Map.groupBy(files, dirname)].flatMap(([folder, those]) => {
      const isAll = folder !== "." && (scope.filesIn(folder) ?? []).every((path) => written.has(path));
      return those.length > namedFiles && isAll ? textOf(folder, "/*") : those.flatMap((path) => textOf(path));
    }),
  );
}

/** Installed packages are one folder. */
function packagesOr(paths: readonly string[]): string[] {
  const modules = (path: string) => /^(?:.*?\/)?node_modules(?=\/)/.exec(path)?.[0];
  return sorted(
    paths.flatMap((path) => {
      const folder = modules(path);
      return folder === undefined
        ? textOf(path.replace(/\/$/, ""), path.endsWith("/") ? "/" : "")
        : textOf(folder, "/");
    }),
  );
}

/** A pattern that means a path (and what `end` adds), also where its name looks like a glob; none when there is none. */
function textOf(path: string, end = ""): string[] {
  const escaped = path.replaceAll(/[\\*?[\]{}()!+@|]/g, "\\$&");
  return [path + end, escaped + end].filter((text) => meansOnly(text, path, end)).slice(0, 1);
}

function meansOnly(text: string, path: string, end: string): boolean {
  const parsed = parsePattern(text);
  if (!parsed.ok || parsed.pattern.excluded || parsed.pattern.base !== path) return false;
  return parsed.pattern.kind === (end === "/*" ? "glob" : end === "/" ? "folder" : "path");
}
