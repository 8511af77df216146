import type { NodeModules } from "../definition/service-options.ts";
import type { Command, Service } from "../definition/types.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { isWithin, matches, type Pattern, parsePattern } from "../graph/patterns/pattern.ts";
import { showCommand } from "../process/command.ts";

/** The `files` of one service, taken apart. */
export interface FileRequest {
  readonly service: string;
  readonly included: readonly Pattern[];
  readonly excluded: readonly Pattern[];
  /** Which of the installed packages are meant by a folder of them. */
  readonly nodeModules: NodeModules;
  /** What is run in the release. */
  readonly commands: readonly string[];
}

/** @param checks What is run in the release besides the service's own commands. */
export function fileRequest(
  service: string,
  { files, nodeModules = "production", run, migrate }: Service,
  checks: readonly Command[],
): Result<FileRequest> {
  const parsed = files.map((text) => ({ text, result: parsePattern(text) }));
  const failures = parsed.filter(({ result }) => !result.ok).map(({ text }) => outside(service, text));
  if (failures.length > 0) return failed(...failures);
  const patterns = parsed.flatMap(({ result }) => (result.ok ? [result.pattern] : []));
  return ok({
    service,
    included: patterns.filter((pattern) => !pattern.excluded),
    excluded: patterns.filter((pattern) => pattern.excluded),
    nodeModules,
    commands: [run, ...(migrate === undefined ? [] : [migrate]), ...checks].map(showCommand),
  });
}

/** Whether a file or folder is excluded, and with it everything below. */
export function isExcluded(request: FileRequest, path: string): boolean {
  return request.excluded.some((pattern) => matches(pattern, path));
}

/** Whether something in the folder could be meant; a glob without `**` ends where it says. */
export function mayBeBelow(pattern: Pattern, folder: string): boolean {
  if (pattern.kind !== "glob") return isWithin(folder, pattern.base);
  if (/(^|\/)node_modules$/.test(folder) && !pattern.entersModules) return false;
  // Braces and brackets may contain slashes, and below a folder everything is meant.
  if (/\*\*|[{(]|\/$/.test(pattern.text)) return true;
  return folder === "" || folder.split("/").length < segmentCount(pattern.text);
}

function segmentCount(text: string): number {
  return text.split("/").filter((segment) => segment !== "" && segment !== ".").length;
}

function outside(service: string, text: string): Failure {
  return {
    code: "path-outside-project",
    message: `Service "${service}": ${JSON.stringify(text)} in \`files\` is not a path in the project`,
    hint: "Write a path relative to the definition, without `..`.",
  };
}
