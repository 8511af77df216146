import { isSecretName } from "../../secrets/looks-secret.ts";
import { nearest } from "../distance.ts";
import type { Problem } from "../problem.ts";

/**
 * Checks of plain data, made for messages: all problems at once, each with what was expected and how to mend it.
 * A schema library stops at the first unknown key, skips keys like `constructor`, and has one text per issue: working
 * around that takes as much code as this, and every command would wait for it.
 */
export interface Check {
  /** Everything that is wrong with a value; paths begin at it. */
  find(input: unknown): readonly Finding[];
  /** Whether an object may leave it out. */
  readonly optional?: boolean;
}

/** What is wrong at a path: a value is not as `expected`, a key is missing, or there is a key too many. */
export interface Finding {
  readonly path: readonly (string | number)[];
  readonly kind: "value" | "missing" | "unknown";
  readonly expected: string;
  readonly hint?: string;
  readonly input?: unknown;
}

/** An object with exactly these keys. */
export function shape(entries: Readonly<Record<string, Check>>): Check {
  const known = Object.keys(entries);
  return {
    find(input) {
      if (!isRecord(input)) return [{ path: [], kind: "value", expected: "an object", input }];
      const unknown = Object.keys(input).filter((key) => !known.includes(key));
      return [
        ...known.flatMap((key) => atKey(entries[key]!, input, key)),
        ...unknown.map((key) => ({ path: [key], kind: "unknown", expected: "", hint: keyHint(key, known) }) as const),
      ];
    },
  };
}

/** A value for which `holds` is true; otherwise it must be `expected` ("a length of time"). */
export function value(holds: (input: unknown) => boolean, expected: string, hint?: string): Check {
  const remedy = hint === undefined ? {} : { hint };
  return { find: (input) => (holds(input) ? [] : [{ path: [], kind: "value", expected, input, ...remedy }]) };
}

/** A key that may be left out, or be undefined. */
export function optional(check: Check): Check {
  return { optional: true, find: (input) => (input === undefined ? [] : check.find(input)) };
}

export function listOf(check: Check, expected: string): Check {
  return {
    find(input) {
      if (!Array.isArray(input)) return [{ path: [], kind: "value", expected: `a list of ${expected}`, input }];
      return input.flatMap((item, index) => below(index, check.find(item)));
    },
  };
}

/** Every way in which `input` is not as it should be. `subject` names it in the messages: `Task "test"`. */
export function shapeProblems(check: Check, input: unknown, path: Problem["path"], subject: string): Problem[] {
  return check.find(input).map((finding) => toProblem(finding, path, subject));
}

function atKey(check: Check, holder: Readonly<Record<string, unknown>>, key: string): readonly Finding[] {
  if (Object.hasOwn(holder, key)) return below(key, check.find(holder[key]));
  return check.optional ? [] : [{ path: [key], kind: "missing", expected: "" }];
}

function below(key: string | number, findings: readonly Finding[]): readonly Finding[] {
  return findings.map((finding) => ({ ...finding, path: [key, ...finding.path] }));
}

function toProblem(
  { kind, path: inner, expected, hint, input }: Finding,
  base: Problem["path"],
  subject: string,
): Problem {
  const code = "invalid-definition";
  const path = [...base, ...inner];
  const remedy = hint === undefined ? {} : { hint };
  const key = inner.at(-1);
  const holder = inner.length > 1 ? `${subject}: ${showPath(inner.slice(0, -1))}` : subject;
  if (kind === "unknown") return { code, path, at: "key", message: `${holder} has no key "${key}"`, ...remedy };
  if (kind === "missing") {
    return { code, path: path.slice(0, -1), message: `${holder} lacks "${key}"`, hint: `Add "${key}".` };
  }
  const what = inner.length > 0 ? `${subject}: ${showPath(inner)}` : subject;
  return {
    code,
    path,
    message: `${what} must be ${expected}${isSecretName(String(inner.at(-1) ?? "")) ? "" : received(input)}`,
    ...remedy,
  };
}

function keyHint(key: string, known: readonly string[]): string {
  const keys = known.filter((name) => name !== "kind");
  const meant = nearest(key, keys);
  return meant === undefined ? `It may have ${keys.join(", ")}.` : `Did you mean "${meant}"?`;
}

function received(input: unknown): string {
  if (typeof input === "string") return input.length <= 60 ? `, not ${JSON.stringify(input)}` : "";
  return typeof input === "number" || typeof input === "boolean" ? `, not ${input}` : "";
}

/** `["needs", 0]` → `needs[0]`. */
function showPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((shown, key) => {
    if (typeof key === "number") return `${shown}[${key}]`;
    return shown === "" ? key : `${shown}.${key}`;
  }, "");
}

function isRecord(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === "object" && input !== null;
}
