import { looksSecret } from "../../secrets/looks-secret.ts";
import type { Problem } from "../problem.ts";
import { day, isKind, isObject, isText, text } from "./leaves.ts";
import { secretSourceProblems } from "./secrets.ts";
import { optional, shape, shapeProblems } from "./shape.ts";

const code = "invalid-definition";

/** What is wrong with the declarations of config keys; their values are checked by the config room. */
export function configDeclarationProblems(config: unknown): Problem[] {
  if (!isObject(config)) return [];
  return Object.entries(config).flatMap(([key, declaration]) => [
    ...keyProblems(key),
    ...declarationProblems(key, declaration),
  ]);
}

function keyProblems(key: string): Problem[] {
  const path = ["config", key];
  if (!/^[A-Z_][A-Z0-9_]*$/i.test(key)) {
    const message = `${JSON.stringify(key)} cannot be a config key`;
    const hint = "Keys become environment variables: use letters, digits and `_`, not beginning with a digit.";
    return [{ code, path, at: "key", message, hint }];
  }
  if (!/^(PORT|HOST|TIDEGATE_.*)$/.test(key)) return [];
  const message = `Config key ${key} is reserved`;
  return [
    { code, path, at: "key", message, hint: "Tidegate sets PORT, HOST and TIDEGATE_… itself: choose another name." },
  ];
}

function declarationProblems(key: string, declaration: unknown): Problem[] {
  const path = ["config", key];
  if (isSchema(declaration)) return [];
  if (isKind(declaration, "differs")) return differsProblems(key, declaration as Fields);
  if (isKind(declaration, "address")) return [];
  if (isKind(declaration, "secret")) return secretProblems(key, declaration as Fields);
  if (isKind(declaration, "shared")) {
    const message = `Config key ${key}: shared(…) may only be used inside secret(…)`;
    return [{ code, path, message, hint: "Write `secret(shared(schema, reason))`." }];
  }
  const message = `Config key ${key} must be a schema, differs(…), secret(…) or address()`;
  return [{ code, path, message, hint: schemaHint(key, declaration) }];
}

type Fields = Readonly<Record<string, unknown>>;

const differsOptions = shape({ until: optional(day), owner: optional(text) });

function differsProblems(key: string, { kind: _, value, reason, ...options }: Fields): Problem[] {
  const path = ["config", key];
  if (isKind(value, "secret") || isKind(value, "shared")) {
    const message = `Config key ${key}: a secret always differs between environments`;
    return [{ code, path, message, hint: "Write `secret(schema)`." }];
  }
  const problems = isSchema(value) ? [] : [noSchema(key, [...path, "value"], value)];
  const all = [...problems, ...shapeProblems(differsOptions, options, path, `Config key ${key}`)];
  return isText(reason) ? all : [...all, noReason(key, path, "differs(schema, reason)")];
}

function secretProblems(key: string, declaration: Fields): Problem[] {
  const path = ["config", key];
  const { schema, shared } = declaration;
  if (isKind(schema, "differs")) {
    const message = `Config key ${key}: a secret always differs between environments`;
    return [{ code, path, message, hint: "Write `secret(schema)`." }];
  }
  const problems = [
    ...(isSchema(schema) ? [] : [{ ...noSchema(key, [...path, "schema"], schema), hint: hintOf(key, schema) }]),
    ...(declaration.from === undefined ? [] : secretSourceProblems(key, declaration.from, path)),
  ];
  const explained = !Object.hasOwn(declaration, "shared") || isText(shared);
  return explained ? problems : [...problems, noReason(key, path, "shared(schema, reason)")];
}

function noSchema(key: string, path: Problem["path"], found: unknown): Problem {
  return { code, path, message: `Config key ${key} has no schema`, hint: schemaHint(key, found) };
}

function noReason(key: string, path: Problem["path"], usage: string): Problem {
  return { code, path, message: `Config key ${key} does not say why`, hint: `Write \`${usage}\`.` };
}

/** Whatever stands in place of a secret's schema is taken for its value. */
function hintOf(key: string, found: unknown): string {
  const isValue = ["string", "number", "bigint", "boolean"].includes(typeof found);
  return isValue ? secretHint(key) : "Write a schema, for example `secret(z.string())`.";
}

/** A value that is or may be a secret's is no default, and is not repeated. */
function schemaHint(key: string, found: unknown): string {
  if (typeof found === "string" && looksSecret(key, found) !== "open") return secretHint(key);
  if (typeof found === "number") return `Write a schema with a default: \`z.coerce.number().default(${found})\`.`;
  if (typeof found === "boolean") return `Write a schema with a default: \`z.stringbool().default(${found})\`.`;
  if (typeof found === "string")
    return `Write a schema with a default: \`z.string().default(${JSON.stringify(found)})\`.`;
  return "Write a schema, for example `z.string()`.";
}

function secretHint(key: string): string {
  return `Write \`secret(z.string())\`; its value is set with \`tidegate secrets set ${key}\`, and must be a different one: everybody who has the file knows this one.`;
}

/** A Standard Schema of any vendor: an object or a function that can validate. */
function isSchema(input: unknown): boolean {
  if (input === null || (typeof input !== "object" && typeof input !== "function")) return false;
  const standard = (input as { "~standard"?: unknown })["~standard"];
  return isObject(standard) && standard.version === 1 && typeof standard.validate === "function";
}
