import type {
  CallExpression,
  Literal,
  MemberExpression,
  Node,
  Property,
  TemplateLiteral,
  VariableDeclarator,
} from "acorn";
import { isSecretName, looksSecret } from "../../secrets/looks-secret.ts";
import { localImports } from "./local-imports.ts";
import { childrenOf, isParsed, type ParsedModule, parseText } from "./parse-module.ts";
import { sourceText } from "./source-text.ts";
import { builderName } from "./walk.ts";

/** What of a module must not be shown: literals where a secret is declared or given a value, and what looks like one. */
export interface Hidden {
  /** The inside of each, in UTF-16 code units. */
  readonly spans: readonly { readonly start: number; readonly end: number }[];
  /** What they say, for texts that others (the compiler, an exception) made of them. */
  readonly values: readonly string[];
}

/** Of a module that cannot be parsed, what stands in quotes where a secret would. */
export function hiddenIn(file: string, text: string): Hidden {
  const module = parseText(file, text);
  const found = isParsed(module) ? inModule(module) : inLines(text);
  return { spans: found, values: [...new Set(found.map(({ value }) => value))].filter((value) => value !== "") };
}

/** A text of somebody else about a file, without what must not be shown of the file. */
export function withoutHidden(file: string, text: string): string {
  const { values } = hiddenIn(file, sourceText(file));
  const quoted = text.replaceAll(/"((?:[^"\\]|\\.)*)"/g, (whole, inside: string) => {
    const cut = inside.endsWith("...") ? inside.slice(0, -3) : undefined;
    const isHidden = values.some((value) => value === inside || (cut !== undefined && value.startsWith(cut)));
    return isHidden ? '"…"' : whole;
  });
  const long = values.filter(({ length }) => length >= 6).sort((a, b) => b.length - a.length);
  return long.reduce((rest, value) => rest.replaceAll(value, "…"), quoted);
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

function inModule(module: ParsedModule): Found[] {
  const search = new Search(module, declaredSecrets(module, new Set()));
  search.visit(module.program);
  return search.found;
}

/** The keys declared `secret(…)` in a module and in what it imports: an environment may give them a value. */
function declaredSecrets(module: ParsedModule, seen: Set<string>): Set<string> {
  seen.add(module.file);
  const names = new Set<string>();
  const visit = (node: Node) => {
    if (node.type === "Property") {
      const { value } = node as Property;
      if (isSecretCall(module, value)) names.add(nameOf(node as Property) ?? "");
    }
    for (const child of childrenOf(node)) visit(child);
  };
  visit(module.program);
  for (const file of localImports(module)) {
    const other = seen.has(file) ? undefined : parseText(file, sourceText(file));
    if (other !== undefined && isParsed(other)) for (const name of declaredSecrets(other, seen)) names.add(name);
  }
  return names;
}

class Search {
  readonly found: Found[] = [];
  readonly #module: ParsedModule;
  readonly #declared: ReadonlySet<string>;

  constructor(module: ParsedModule, declared: ReadonlySet<string>) {
    this.#module = module;
    this.#declared = declared;
  }

  visit(node: Node): void {
    if (isSecretCall(this.#module, node)) {
      const [schema, ...others] = (node as CallExpression).arguments;
      if (schema !== undefined) this.#hide(schema, true);
      for (const one of others) this.visit(one);
      return;
    }
    if (node.type === "Property") this.#named(nameOf(node as Property), (node as Property).value);
    if (node.type === "VariableDeclarator") {
      const { id, init } = node as VariableDeclarator;
      if (id.type === "Identifier" && init) this.#named(id.name, init);
    }
    if (isText(node) && looksSecret("", textOf(node)) === "secret") this.#add(node);
    for (const child of childrenOf(node)) this.visit(child);
  }

  /** A value under a name that is a secret's: what is declared so, whatever it is made of; what only sounds so, a literal. */
  #named(name: string | undefined, value: Node): void {
    if (name === undefined || isSecretCall(this.#module, value)) return;
    const isDeclared = this.#declared.has(name);
    if (!isDeclared && !isSecretName(name)) return;
    if (isDeclared || isLiteral(value) || value.type === "CallExpression") this.#hide(value, isLiteral(value));
  }

  /** `isWhole`: a number that stands there is the value; deeper it is mostly a length. */
  #hide(node: Node, isWhole: boolean): void {
    if (isText(node) || (isWhole && isLiteral(node))) this.#add(node);
    if (node.type !== "CallExpression") {
      if (node.type === "Identifier") this.#hideNamed((node as { name?: string }).name ?? "");
      for (const child of childrenOf(node)) this.#hide(child, node.type === "Property");
      return;
    }
    const { callee, arguments: given } = node as CallExpression;
    this.#hide(callee, false);
    // Behind the first argument of these stands why.
    const builder = builderName({ module: this.#module, node: node as CallExpression });
    const values = builder === "shared" || builder === "differs" || builder === "because" ? given.slice(0, 1) : given;
    const isDefault = /^(default|prefault|catch|fallback|optional|nullish|pipe)$/.test(calledName(callee));
    for (const value of values) this.#hide(value, isDefault || builder !== undefined);
  }

  /** A constant of the module that is used as a secret. */
  #hideNamed(name: string): void {
    for (const statement of this.#module.program.body) {
      if (statement.type !== "VariableDeclaration") continue;
      const one = statement.declarations.find(({ id }) => id.type === "Identifier" && id.name === name);
      if (one?.init && isLiteral(one.init)) this.#add(one.init);
    }
  }

  #add(node: Node): void {
    const quotes = isText(node) ? 1 : 0;
    const [start, end] = [node.start + quotes, node.end - quotes];
    if (!this.found.some((one) => one.start === start)) this.found.push({ start, end, value: textOf(node) });
  }
}

function isSecretCall(module: ParsedModule, node: Node): boolean {
  if (node.type !== "CallExpression") return false;
  const { callee } = node as CallExpression;
  const name = builderName({ module, node: node as CallExpression });
  // Without its import it is a mistake, and no less a secret.
  return name === "secret" || (name === undefined && callee.type === "Identifier" && callee.name === "secret");
}

function calledName(callee: Node): string {
  const { property, name } = callee as Partial<MemberExpression> & { name?: string };
  return name ?? (property as { name?: string } | undefined)?.name ?? "";
}

function nameOf({ key, computed }: Property): string | undefined {
  if (key.type === "Identifier") return computed ? undefined : key.name;
  return key.type === "Literal" ? String(key.value) : undefined;
}

function isText(node: Node): node is Literal | TemplateLiteral {
  return node.type === "TemplateLiteral" || typeof (node as { value?: unknown }).value === "string";
}

function isLiteral(node: Node): boolean {
  return isText(node) || (node.type === "Literal" && typeof (node as Literal).value === "number");
}

function textOf(node: Node): string {
  if (node.type !== "TemplateLiteral") return String((node as Literal).value);
  return (node as TemplateLiteral).quasis.map(({ value }) => value.cooked ?? value.raw).join("");
}

/** Quotes that are opened and never closed may be why it cannot be parsed. */
function inLines(text: string): Found[] {
  return [...text.matchAll(/(["'`])((?:\\.|(?!\1)[^\\\n])*)(?:\1|$)/gm)].flatMap((match) => {
    const [, , inside = ""] = match;
    const before = text.slice(text.lastIndexOf("\n", match.index) + 1, match.index);
    const [, name = ""] = /([\w$]+)["']?\s*[:=]\s*(?:[\w.]+\(\s*)?$/.exec(before) ?? [];
    const isHidden = /\bsecret\s*\(.*$/.test(before) || isSecretName(name) || looksSecret("", inside) === "secret";
    const start = match.index + 1;
    return isHidden ? [{ start, end: start + inside.length, value: inside }] : [];
  });
}
