import { type Inferred, infer } from "./infer.ts";
import type { DotenvEntry } from "./parse-dotenv.ts";

/** The variables of one environment; of all of them when it has no name. */
export interface ImportedFile {
  readonly environment?: string;
  readonly entries: readonly DotenvEntry[];
}

/** What was made of dotenv files. */
export interface Imported {
  /** The text of a module that exports `config` and, when values differ, `environmentConfig`. */
  readonly code: string;
  readonly keys: readonly ImportedKey[];
}

/** What became of a key. */
export interface ImportedKey {
  readonly key: string;
  readonly kind: "value" | "differs" | "secret" | "leftOut";
  /** It is taken for a secret, and may be none. */
  readonly isDoubtful?: true;
  /** Why it was left out. */
  readonly because?: "reserved" | "name";
}

/** A key's values: everywhere, and by environment. */
interface Values {
  readonly key: string;
  readonly base: string | undefined;
  readonly own: ReadonlyMap<string, string>;
}

interface Declared {
  readonly values: Values;
  readonly kind: "value" | "differs" | "secret";
  readonly type: Inferred;
}

/**
 * The definition's `config` for what dotenv files say: keys that are the same in all of them have their value as the
 * schema's default, others are declared `differs`. No value of what looks like a secret is in it. `open`: keys that somebody said are
 * no secrets, of those that are doubtful.
 */
export function importDotenv(files: readonly ImportedFile[], open: ReadonlySet<string> = new Set()): Imported {
  const environments = files.flatMap(({ environment }) => environment ?? []);
  const keys = [...new Set(files.flatMap(({ entries }) => entries.map(({ key }) => key)))];
  const leftOut = keys.flatMap((key): ImportedKey[] => {
    const because = refusal(key);
    return because === undefined ? [] : [{ key, kind: "leftOut", because }];
  });
  const declared = keys
    .filter((key) => refusal(key) === undefined)
    .map((key) => declare(valuesOf(key, files), environments, open.has(key)));
  return {
    code: printModule(declared, environments),
    keys: [...declared.map(outcomeOf), ...leftOut],
  };
}

function outcomeOf({ values: { key }, kind, type }: Declared): ImportedKey {
  return { key, kind, ...(type.type === "secret" && type.isDoubtful && { isDoubtful: true }) };
}

function refusal(key: string): "reserved" | "name" | undefined {
  if (!/^[A-Z_][A-Z0-9_]*$/i.test(key)) return "name";
  return /^(PORT|HOST|TIDEGATE_.*)$/.test(key) ? "reserved" : undefined;
}

function valuesOf(key: string, files: readonly ImportedFile[]): Values {
  let base: string | undefined;
  const own = new Map<string, string>();
  for (const { environment, entries } of files) {
    const value = entries.find((entry) => entry.key === key)?.value;
    if (value === undefined) continue;
    if (environment === undefined) base = value;
    else own.set(environment, value);
  }
  return { key, base, own };
}

function declare(values: Values, environments: readonly string[], isOpen: boolean): Declared {
  const all = [...(values.base === undefined ? [] : [values.base]), ...values.own.values()];
  const type = infer(values.key, all, isOpen);
  if (type.type === "secret") return { values, kind: "secret", type };
  const effective = environments.map((name) => values.own.get(name) ?? values.base);
  const isSame = effective.every((value) => value === (effective[0] ?? values.base));
  return { values, kind: isSame ? "value" : "differs", type };
}

function printModule(declared: readonly Declared[], environments: readonly string[]): string {
  const lines = declared.map((one) => `  ${name(one.values.key)}: ${printDeclaration(one, environments)},`);
  const differing = declared.filter(({ kind }) => kind === "differs");
  const body = [`export const config = {`, ...lines, "};", ...printEnvironments(differing, environments)].join("\n");
  return `${printImports(body)}/** For \`config\` of the project. */\n${body}\n`;
}

function printImports(body: string): string {
  const builders = ["differs", "duration", "secret"].filter((builder) => new RegExp(`[ (]${builder}\\(`).test(body));
  const own = builders.length === 0 ? "" : `import { ${builders.join(", ")} } from "tidegate";\n`;
  const zod = /[ (]z\./.test(body) ? 'import { z } from "zod";\n' : "";
  return own + zod === "" ? "" : `${own}${zod}\n`;
}

function printDeclaration({ values, kind, type }: Declared, environments: readonly string[]): string {
  if (kind === "secret") return `secret(${schemaOf(type)})`;
  if (kind === "value") return withDefault(type, values.own.values().next().value ?? values.base ?? "");
  const isOptional = environments.some((one) => (values.own.get(one) ?? values.base) === undefined);
  const schema = isOptional ? optional(type) : schemaOf(type);
  return `differs(${schema}, "it differed in the files that it was imported from")`;
}

function printEnvironments(differing: readonly Declared[], environments: readonly string[]): string[] {
  if (differing.length === 0) return [];
  const printed = environments.map((environment) => {
    const own = differing.flatMap(({ values, type }) => {
      const value = values.own.get(environment) ?? values.base;
      return value === undefined ? [] : [`${name(values.key)}: ${literal(type, value)}`];
    });
    return `  ${name(environment)}: { ${own.join(", ")} },`;
  });
  return [
    "",
    "/** For `config` of each environment. */",
    "export const environmentConfig = {",
    ...printed,
    "} as const;",
  ];
}

function schemaOf(type: Inferred): string {
  switch (type.type) {
    case "secret":
      return type.of === "url" ? "z.url()" : "z.string()";
    case "boolean":
      return "z.boolean()";
    case "integer":
      return "z.int()";
    case "number":
      return "z.number()";
    case "url":
      return "z.url()";
    case "json":
      return "z.json()";
    case "string":
      return "z.string()";
    case "duration":
      return "duration()";
    case "enum":
      return `z.enum([${type.values.map((value) => quote(value)).join(", ")}])`;
    default:
      return type satisfies never;
  }
}

/** A length of time is not zod's: it has no `.optional()`. */
function optional(type: Inferred): string {
  return type.type === "duration" ? "z.string().optional()" : `${schemaOf(type)}.optional()`;
}

function withDefault(type: Inferred, value: string): string {
  if (type.type === "duration") return `duration(${quote(value)})`;
  return `${schemaOf(type)}.default(${literal(type, value)})`;
}

function literal(type: Inferred, value: string): string {
  const isBare = type.type === "boolean" || type.type === "integer" || type.type === "number";
  if (isBare) return value;
  // JSON has keys that a literal of JavaScript means something else by: `__proto__`.
  return type.type === "json" ? `JSON.parse(${quote(JSON.stringify(JSON.parse(value)))})` : quote(value);
}

/** U+2028 and U+2029 end lines in some readers of JavaScript. */
function quote(value: string): string {
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

/** A key of an object literal; `__proto__` alone would set the prototype. */
function name(key: string): string {
  if (key === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key);
}
