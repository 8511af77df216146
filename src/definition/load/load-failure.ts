import type { Failure } from "../../errors/failure.ts";
import { importFailure, isImportError } from "./import-failure.ts";
import { locationAt, locationOf } from "./location.ts";
import { findNode, isParsed, parseModule } from "./parse-module.ts";
import { sourceText } from "./source-text.ts";
import { syntaxFailure } from "./syntax-failure.ts";
import { throwFailure } from "./throw-failure.ts";
import { usedEarlyFailure } from "./used-early.ts";

/** What stopped the import of a definition, as the user should see it. */
export async function loadFailure(file: string, error: unknown): Promise<Failure> {
  if (isImportError(error)) return importFailure(file, error);
  if (error instanceof SyntaxError) return syntaxFailure(file, error) ?? throwFailure(file, error);
  return usedEarlyFailure(file, error) ?? throwFailure(file, error);
}

/** The definition waits for something that does not come. */
export function notSettled(file: string, limitMs: number): Failure {
  const location = locationOfNode(file, (type) => type === "AwaitExpression" || type === "ForOfStatement");
  return {
    code: "definition-throws",
    message: `The definition had not finished loading after ${limitMs / 1000} s`,
    location,
    hint: "A definition only builds data: remove whatever it waits for (a top-level `await`).",
  };
}

/** The definition has no default export, or one that `defineProject` did not make. */
export function notAProject(file: string, value: unknown): Failure {
  if (value !== undefined) {
    const location = locationOfNode(file, (type) => type === "ExportDefaultDeclaration");
    const message = "The definition's default export is not made by defineProject";
    return { code: "definition-export", message, location, hint: "Write `export default defineProject({ … })`." };
  }
  const location = locationOfNode(file, (type, name) => type === "CallExpression" && name === "defineProject");
  const message = "The definition has no default export";
  return { code: "definition-export", message, location, hint: "Write `export default defineProject({ … })`." };
}

function locationOfNode(file: string, matches: (type: string, callee: string | undefined) => boolean) {
  const module = parseModule(file);
  const outsideFunctions = (type: string) => /Function/.test(type);
  const node = isParsed(module)
    ? findNode(
        module.program,
        (candidate) => matches(candidate.type, calleeOf(candidate)),
        (candidate) => outsideFunctions(candidate.type),
      )
    : undefined;
  if (node === undefined) return locationOf(file, sourceText(file), 1);
  return locationAt(file, sourceText(file), node.start, node.end);
}

function calleeOf(node: object): string | undefined {
  return (node as { callee?: { name?: string } }).callee?.name;
}
