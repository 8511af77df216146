import type { ExportNamedDeclaration, Identifier, Node, Program } from "acorn";
import { localFile } from "./local-imports.ts";
import { isParsed, type ParsedModule, parseModule } from "./parse-module.ts";

/** A node, and the module it stands in. */
export interface Spot {
  readonly module: ParsedModule;
  readonly node: Node;
}

/** Looks names up across a definition and its local imports. Each file is read once. */
export class Modules {
  readonly #parsed = new Map<string, ParsedModule | undefined>();

  /** `undefined` when the file cannot be parsed. */
  open(file: string): ParsedModule | undefined {
    if (!this.#parsed.has(file)) {
      const module = parseModule(file);
      this.#parsed.set(file, isParsed(module) ? module : undefined);
    }
    return this.#parsed.get(file);
  }

  /** What a name of a module's top level stands for: a variable's value, or what it is imported from. */
  binding(module: ParsedModule, name: string): Spot | undefined {
    for (const statement of module.program.body) {
      const node = variable(statement, name);
      if (node !== undefined) return { module, node };
      const imported = importedAs(statement, name);
      if (imported !== undefined) return this.#importedFrom(module, imported);
    }
    return undefined;
  }

  /** What a module exports under a name. `seen`: where it was looked for already; re-exports may go in circles. */
  exported(module: ParsedModule, name: string, seen = new Set<string>()): Spot | undefined {
    const place = `${module.file}\0${name}`;
    if (seen.has(place)) return undefined;
    seen.add(place);
    for (const statement of module.program.body) {
      const found = this.#exportedBy(module, statement, name, seen);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #importedFrom(module: ParsedModule, { source, name }: Imported): Spot | undefined {
    const file = localFile(module.file, source);
    const target = file === undefined ? undefined : this.open(file);
    if (target === undefined) return undefined;
    return name === "*" ? { module: target, node: target.program } : this.exported(target, name);
  }

  #exportedBy(module: ParsedModule, statement: Statement, name: string, seen: Set<string>): Spot | undefined {
    if (statement.type === "ExportDefaultDeclaration") {
      return name === "default" ? { module, node: statement.declaration } : undefined;
    }
    if (statement.type === "ExportAllDeclaration") {
      if (statement.exported !== null || name === "default") return undefined;
      return this.#reexported(module, statement.source.value, name, seen);
    }
    if (statement.type !== "ExportNamedDeclaration") return undefined;
    const declared = statement.declaration && variable(statement, name);
    if (declared) return { module, node: declared };
    const specifier = statement.specifiers.find(({ exported }) => nameOf(exported) === name);
    if (specifier === undefined) return undefined;
    if (!statement.source) return { module, node: specifier.local };
    return this.#reexported(module, statement.source.value, nameOf(specifier.local), seen);
  }

  #reexported(module: ParsedModule, source: unknown, name: string, seen: Set<string>): Spot | undefined {
    const file = localFile(module.file, String(source));
    const target = file === undefined ? undefined : this.open(file);
    return target && this.exported(target, name, seen);
  }
}

type Statement = Program["body"][number];

/** What an import statement calls `local`: `name` is "default", "*", or the exported name. */
export interface Imported {
  readonly source: string;
  readonly name: string;
}

export function importedAs(statement: Statement, local: string): Imported | undefined {
  if (statement.type !== "ImportDeclaration") return undefined;
  const specifier = statement.specifiers.find((candidate) => candidate.local.name === local);
  if (specifier === undefined) return undefined;
  const source = String(statement.source.value);
  if (specifier.type === "ImportDefaultSpecifier") return { source, name: "default" };
  return { source, name: specifier.type === "ImportSpecifier" ? nameOf(specifier.imported) : "*" };
}

function variable(statement: Statement, name: string): Node | undefined {
  const declaration = (statement as Partial<ExportNamedDeclaration>).declaration ?? statement;
  if (declaration.type !== "VariableDeclaration") return undefined;
  const declarator = declaration.declarations.find(({ id }) => id.type === "Identifier" && id.name === name);
  return declarator?.init ?? undefined;
}

function nameOf(node: Identifier | { readonly value?: unknown }): string {
  return "name" in node ? node.name : String(node.value);
}
