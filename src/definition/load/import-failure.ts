import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Failure, Location } from "../../errors/failure.ts";
import { nearest } from "../distance.ts";
import { importsOf, localFile } from "./local-imports.ts";
import { locationAt, locationOf } from "./location.ts";
import { ownIndex } from "./own-modules.ts";
import { findNode, isParsed, parseModule } from "./parse-module.ts";
import { sourceText } from "./source-text.ts";

const codes = new Set([
  "ERR_MODULE_NOT_FOUND",
  "ERR_PACKAGE_PATH_NOT_EXPORTED",
  "ERR_PACKAGE_IMPORT_NOT_DEFINED",
  "ERR_INVALID_MODULE_SPECIFIER",
  "ERR_INVALID_PACKAGE_CONFIG",
  "ERR_UNSUPPORTED_DIR_IMPORT",
  "ERR_UNSUPPORTED_ESM_URL_SCHEME",
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_UNKNOWN_BUILTIN_MODULE",
  "ERR_IMPORT_ATTRIBUTE_MISSING",
  "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING",
]);

const missingExport = /^The requested module '(.+)' does not provide an export named '(.+)'/;

/** Whether an error says that an import leads nowhere. The definition's own code throws such errors too rarely to matter. */
export function isImportError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const named = error instanceof SyntaxError && missingExport.test(error.message);
  return named || codes.has(String((error as { code?: unknown }).code));
}

/** Which import leads nowhere, where it stands, and what to write instead. */
export async function importFailure(file: string, error: Error): Promise<Failure> {
  const [, specifier, name] = missingExport.exec(error.message) ?? [];
  if (specifier !== undefined && name !== undefined) return noSuchExport(file, error, specifier, name);
  const [, missing] = /Cannot find package '(.+?)'/.exec(error.message) ?? [];
  if (missing !== undefined) return noSuchPackage(file, error, missing);
  const [, path] = /(?:module|import) '(\/.+?)'/.exec(error.message) ?? [];
  if (path !== undefined) return noSuchFile(file, error, path);
  const message = error.message.split("\n", 1)[0]!;
  return { code: "definition-import", message, location: locationOf(file, sourceText(file), 1) };
}

function noSuchPackage(file: string, error: Error, name: string): Failure {
  const from = importer(error) ?? file;
  const location = placeOf(from, (specifier) => specifier === name || specifier.startsWith(`${name}/`));
  const message = `The package "${name}" is not installed`;
  return { code: "definition-import", message, location, hint: `Run \`npm i -D ${name}\`.` };
}

function noSuchFile(file: string, error: Error, path: string): Failure {
  const from = importer(error) ?? file;
  const location = placeOf(from, (specifier) => localFile(from, specifier) === path);
  const meant = fileMeant(path);
  const message = `There is no file ${path} to import`;
  if (meant === undefined) return { code: "definition-import", message, location };
  const written = location.source?.slice(location.column, location.column + (location.length ?? 1) - 2) ?? "";
  const hint = `Write "${written.slice(0, written.length - basename(path).length)}${meant}".`;
  return { code: "definition-import", message, location, hint };
}

/** The file with its extension, which Node wants to see, or the one with nearly that name. */
function fileMeant(path: string): string | undefined {
  const name = basename(path);
  const endings = [".ts", ".mts", ".js", ".mjs", "/index.ts", "/index.js"];
  const completed = endings
    .map((ending) => name + ending)
    .find((candidate) => existsSync(join(dirname(path), candidate)));
  return completed ?? nearest(name, filesOf(dirname(path)));
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

async function noSuchExport(file: string, error: Error, specifier: string, name: string): Promise<Failure> {
  const from = fileInStack(error) ?? file;
  const location = placeOfImported(from, specifier, name);
  const names = specifier === "tidegate" ? Object.keys(await import(/* @vite-ignore */ ownIndex())) : [];
  const meant = nearest(name, names);
  const message = `"${specifier}" has no export "${name}"`;
  const known = names.length > 0 ? `It has ${names.sort().join(", ")}.` : undefined;
  const hint = meant === undefined ? known : `Did you mean "${meant}"?`;
  return { code: "definition-import", message, location, ...(hint && { hint }) };
}

function importer(error: Error): string | undefined {
  const [, from] = / imported from (.+)$/m.exec(error.message) ?? [];
  return from?.startsWith("file:") ? fileURLToPath(from) : from;
}

function fileInStack(error: Error): string | undefined {
  const [, place] = /^(.+):\d+\n/.exec(error.stack ?? "") ?? [];
  return place?.startsWith("file:") ? fileURLToPath(place) : undefined;
}

function placeOf(file: string, matches: (specifier: string) => boolean): Location {
  const module = parseModule(file);
  const found = isParsed(module) ? importsOf(module).find(({ specifier }) => matches(specifier)) : undefined;
  if (found === undefined) return locationOf(file, sourceText(file), 1);
  return locationAt(file, sourceText(file), found.node.start, found.node.end);
}

function placeOfImported(file: string, specifier: string, name: string): Location {
  const module = parseModule(file);
  if (!isParsed(module)) return locationOf(file, sourceText(file), 1);
  const statement = module.program.body.find((candidate) => {
    const imports = (candidate as { source?: { value?: unknown } | null }).source?.value === specifier;
    return imports && findNode(candidate, (node) => importedName(node) === name) !== undefined;
  });
  const node = statement && findNode(statement, (candidate) => importedName(candidate) === name);
  if (node === undefined) return placeOf(file, (candidate) => candidate === specifier);
  return locationAt(file, module.text, node.start, node.start + name.length);
}

function importedName(node: object): string | undefined {
  const { type, imported, local } = node as { type: string; imported?: { name?: string }; local?: { name?: string } };
  if (type === "ImportDefaultSpecifier") return "default";
  return type === "ImportSpecifier" ? imported?.name : type === "ExportSpecifier" ? local?.name : undefined;
}
