import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { type AnyNode, type Program, parse } from "acorn";
import type { CommandNeed } from "./command-need.ts";
import type { ProjectFiles } from "./project-files.ts";

/** What JavaScript loads before it does anything: files and packages without which it does not start. */
export interface Imports {
  /** By the file that is loaded, the one that loads it. */
  readonly files: ReadonlyMap<string, string>;
  /** By the package, the file that loads it. */
  readonly packages: ReadonlyMap<string, string>;
}

/** So many files are followed. */
const mostFiles = 100;
/** A bundle holds what it needs. */
const biggestSource = 300_000;

/** What the JavaScript files among a command's needs load at once, and what those load. TypeScript is not read. */
export function importsOf(needs: readonly CommandNeed[], files: ProjectFiles): Imports {
  const found = { files: new Map<string, string>(), packages: new Map<string, string>() };
  const starts = needs.flatMap((need) =>
    need.is === "file" ? (need.anyOf.find((path) => files.isFile(path)) ?? []) : [],
  );
  const queue = starts.filter((path) => /\.[cm]?js$/.test(path));
  const seen = new Set(queue);
  for (const path of queue) {
    if (seen.size > mostFiles) break;
    for (const specifier of specifiersIn(files.read(path))) {
      const name = packageName(specifier);
      if (name !== undefined && !found.packages.has(name)) found.packages.set(name, path);
      const local = /^\.\.?\//.test(specifier)
        ? localFile(posix.join(posix.dirname(path), specifier), files)
        : undefined;
      if (local === undefined || seen.has(local)) continue;
      seen.add(local);
      found.files.set(local, path);
      if (/\.[cm]?js$/.test(local)) queue.push(local);
    }
  }
  return found;
}

/** The package that a specifier means; `undefined`: it is a file, Node's own, or the project's business. */
function packageName(specifier: string): string | undefined {
  if (isBuiltin(specifier) || /^[./#]|^[a-z]+:/.test(specifier)) return undefined;
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
}

function localFile(path: string, files: ProjectFiles): string | undefined {
  if (path.startsWith("../")) return undefined;
  return [path, `${path}.js`, `${path}.json`, `${path}/index.js`].find((one) => files.isFile(one));
}

function specifiersIn(source: string): string[] {
  if (source.length > biggestSource) return [];
  const program = parsed(source);
  return program === undefined ? [] : program.body.flatMap((statement) => loadedBy(statement));
}

function parsed(source: string): Program | undefined {
  const options = { ecmaVersion: "latest", allowHashBang: true, allowReturnOutsideFunction: true } as const;
  for (const sourceType of ["module", "script"] as const) {
    try {
      return parse(source, { ...options, sourceType });
    } catch {
      // As a script it may be valid, or it is no JavaScript: then nothing is known of it.
    }
  }
  return undefined;
}

/** Only what is loaded whatever happens: not in functions, conditions or `try`. */
function loadedBy(statement: AnyNode): string[] {
  switch (statement.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
      return typeof statement.source?.value === "string" ? [statement.source.value] : [];
    case "VariableDeclaration":
      return statement.declarations.flatMap(({ init }) => (init ? requiredIn(init) : []));
    case "ExpressionStatement":
      return requiredIn(statement.expression);
    default:
      return [];
  }
}

function requiredIn(node: AnyNode): string[] {
  switch (node.type) {
    case "CallExpression": {
      const [argument] = node.arguments;
      const isRequire = node.callee.type === "Identifier" && node.callee.name === "require";
      if (isRequire && argument?.type === "Literal" && typeof argument.value === "string") return [argument.value];
      return node.callee.type === "Super" ? [] : requiredIn(node.callee);
    }
    case "MemberExpression":
      return node.object.type === "Super" ? [] : requiredIn(node.object);
    case "AssignmentExpression":
      return requiredIn(node.right);
    default:
      return [];
  }
}
