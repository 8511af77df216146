import type { Problem } from "../problem.ts";
import { duration, isKind, isObject, isText } from "./leaves.ts";
import { type Check, listOf, optional, shape, shapeProblems, value } from "./shape.ts";

const code = "invalid-definition";

const placeholder = /\{([^{}]*)\}/g;
const word = value((input) => typeof input === "string" && !input.includes("\0"), "a text");
const words: Check = {
  find(input) {
    const isCommand = Array.isArray(input) && isText(input[0]);
    if (isCommand) return listOf(word, "words").find(input);
    return [{ path: [], kind: "value", expected: "a list of words, the program first", input, hint: wordsHint }];
  },
};
const wordsHint = 'Write each word by itself, `["op", "read", "op://…"]`: no shell is used.';
const filled = value(isFilled, "a text with no placeholders other than {environment} and {key}");
const tag = value(() => true, "");

const shapes: Readonly<Record<string, Check>> = {
  command: shape({ kind: tag, source: tag, run: words, timeout: optional(duration) }),
  vault: shape({
    kind: tag,
    source: tag,
    path: value(isVaultPath, "a mount and a path, like `kv/shop-{environment}`"),
    field: optional(filled),
    mount: optional(value(isText, "a text that is not empty")),
    address: optional(value(isAddress, "an address like `https://vault.example.com:8200`")),
    namespace: optional(filled),
    version: optional(
      value((input) => Number.isSafeInteger(input) && (input as number) > 0, "a whole number, 1 or more"),
    ),
  }),
  variable: shape({
    kind: tag,
    source: tag,
    name: value(isVariableName, "a name made of letters, digits and `_`, with {environment} and {key} filled in"),
  }),
};

/** What is wrong with where a secret comes from. `path` leads to the declaration. */
export function secretSourceProblems(key: string, from: unknown, path: Problem["path"]): Problem[] {
  const subject = `Config key ${key}`;
  const source = isKind(from, "secretSource") ? String((from as { source?: unknown }).source) : "";
  const check = Object.hasOwn(shapes, source) ? shapes[source] : undefined;
  if (check !== undefined) {
    const found = shapeProblems(check, from, [...path, "from"], subject);
    return [...found, ...wordProblems(key, from, path), ...mountProblems(key, from, path)];
  }
  const message = `${subject}: \`from\` must be command(…), vault(…) or variable(…)`;
  return [{ code, path: [...path, "from"], message, hint: 'For example `from: variable("{environment}_TOKEN")`.' }];
}

/** `mount` says where in `path` the engine ends. */
function mountProblems(key: string, from: unknown, path: Problem["path"]): Problem[] {
  const { path: whole, mount } = from as { path?: unknown; mount?: unknown };
  if (typeof whole !== "string" || typeof mount !== "string") return [];
  if (whole.replace(/^\//, "").startsWith(`${mount.replace(/^\/|\/$/g, "")}/`)) return [];
  const message = `Config key ${key}: \`path\` must begin with \`mount\``;
  return [
    { code, path: [...path, "from", "mount"], message, hint: `For example path: ${JSON.stringify(`${mount}/…`)}.` },
  ];
}

/** A placeholder that nobody fills in would be given to the program as it is. */
function wordProblems(key: string, from: unknown, path: Problem["path"]): Problem[] {
  const { run } = from as { run?: unknown };
  if (!Array.isArray(run)) return [];
  const strays = run.flatMap((one) => (typeof one === "string" ? strayPlaceholders(one) : []));
  return strays.map((stray) => ({
    code,
    path: [...path, "from", "run"],
    message: `Config key ${key}: there is nothing to fill in for {${stray}}`,
    hint: "The placeholders are {environment} and {key}.",
  }));
}

/** Names in braces that look like placeholders: braces of JSON or Go templates are left alone. */
function strayPlaceholders(text: string): string[] {
  const names = [...text.matchAll(placeholder)].map(([, name = ""]) => name);
  return names.filter((name) => /^(env|environment|key|name)$/i.test(name) && !isKnown(name));
}

function isKnown(name: string): boolean {
  return name === "environment" || name === "key";
}

function isFilled(input: unknown): boolean {
  return isText(input) && [...input.matchAll(placeholder)].every(([, name = ""]) => isKnown(name));
}

function isVaultPath(input: unknown): boolean {
  if (!isFilled(input)) return false;
  const parts = (input as string).replace(/^\/|\/$/g, "").split("/");
  return parts.length > 1 && parts.every((part) => part !== "" && part !== "." && part !== "..");
}

function isVariableName(input: unknown): boolean {
  return isFilled(input) && /^[A-Z_][A-Z0-9_]*$/i.test((input as string).replaceAll(placeholder, "X"));
}

function isAddress(input: unknown): boolean {
  if (typeof input !== "string" || !URL.canParse(input)) return false;
  const { protocol, username, password } = new URL(input);
  return /^https?:$/.test(protocol) && username + password === "";
}

/** What is wrong with where the secrets files are. */
export function secretFilesProblems(secrets: unknown): Problem[] {
  return isObject(secrets) ? shapeProblems(filesShape, secrets, ["secrets"], "The project's secrets") : [];
}

const filesShape = shape({
  path: value(
    isFilesPath,
    "a path in the project that contains {environment} and ends in .yaml, .yml, .json or .env",
    'For example "secrets/{environment}.yaml".',
  ),
});

function isFilesPath(input: unknown): boolean {
  if (!isText(input) || !/\.(ya?ml|json|env)$/.test(input) || input.startsWith("/") || input.includes("\\"))
    return false;
  const names = [...input.matchAll(placeholder)].map(([, name]) => name);
  const parts = input.split("/");
  return names.includes("environment") && names.every((name) => name === "environment") && !parts.includes("..");
}
