import { nearest } from "../definition/distance.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { globalOptions } from "./global-options.ts";
import type { OptionToken, Token } from "./tokens.ts";
import type { Call, Option, OptionTable, Verb } from "./verb.ts";

type Value = string | number | boolean | readonly string[] | undefined;

/**
 * Holds what was typed after a verb against the verb's tables. Every problem is found, not only the first.
 * `path` is the verb as typed (`release list`).
 */
export function parseCall(verb: Verb, path: string, tokens: readonly Token[]): Result<Call> {
  const table: OptionTable = { ...verb.options, ...globalOptions };
  const values = defaultsOf(table);
  const words: string[] = [];
  const problems: string[] = [];
  const hints: (string | undefined)[] = [];
  for (const token of tokens) {
    if (token.kind === "word") words.push(token.value);
    else {
      const read = readOption(table, token);
      if ("problem" in read) {
        problems.push(read.problem);
        hints.push(read.hint);
      } else values[token.name] = added(table[token.name], values[token.name], read.value);
    }
  }
  const asked = wordProblems(verb, words);
  // What each value is follows from the table, which only the verb's own type knows.
  if (problems.length + asked.length === 0) return ok({ arguments: words, options: values as Call["options"] });
  const seeHelp = `See: tidegate ${path} --help`;
  const failures = [...problems, ...asked].map(
    (message, index): Failure => ({ code: "bad-arguments", message, hint: hints[index] ?? seeHelp }),
  );
  return failed(...failures);
}

/** The last one counts, unless all do: each is kept as it was typed, whatever stands in it. */
function added(option: Option | undefined, before: Value, value: Value): Value {
  return isList(option) ? [...(before as readonly string[]), value as string] : value;
}

function isList(option: Option | undefined): boolean {
  return option?.kind === "text" && option.many === true;
}

function defaultsOf(table: OptionTable): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const [name, option] of Object.entries(table)) {
    if (option.kind === "flag") values[name] = false;
    else if (isList(option)) values[name] = [];
    else if (option.kind === "text") values[name] = option.default;
    else values[name] = typeof option.default === "number" ? option.default : undefined;
  }
  return values;
}

type Read = { readonly value: Value } | { readonly problem: string; readonly hint?: string };

function readOption(table: OptionTable, token: OptionToken): Read {
  const option = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
  if (option === undefined) {
    const meant = nearest(token.name, Object.keys(table));
    const problem = `There is no option ${token.typed}`;
    return meant === undefined ? { problem } : { problem, hint: `Did you mean --${meant}?` };
  }
  if (option.kind === "flag") {
    return token.value === undefined ? { value: true } : { problem: `${token.typed} takes no value` };
  }
  const { value } = token;
  if (value === undefined || value === "" || (value.startsWith("-") && !token.inline)) {
    return {
      problem: `${token.typed} needs a value`,
      hint: `Give it one: --${token.name}=${option.value}`,
    };
  }
  return readValue(option, token.typed, value);
}

function readValue(option: Exclude<Option, { kind: "flag" }>, typed: string, value: string): Read {
  if (option.kind === "text") {
    if (option.choices === undefined || option.choices.includes(value)) return { value };
    return { problem: `${typed} is one of ${option.choices.join(", ")}, not "${value}"` };
  }
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  const minimum = option.minimum ?? 1;
  if (number >= minimum) return { value: number };
  return { problem: `${typed} is a whole number of at least ${minimum}, not "${value}"` };
}

function wordProblems(verb: Verb, words: readonly string[]): string[] {
  const takes = verb.arguments ?? [];
  const problems: string[] = [];
  for (const argument of takes.slice(words.length)) {
    if (argument.required) problems.push(`${argument.name} is missing (${lowerFirst(argument.summary)})`);
  }
  if (takes.at(-1)?.many) return problems;
  for (const extra of words.slice(takes.length)) problems.push(`"${extra}" is one argument too many`);
  return problems;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
