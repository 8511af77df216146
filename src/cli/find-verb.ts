import { nearest } from "../definition/distance.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { type Token, tokensOf } from "./tokens.ts";
import type { Verb, VerbEntry } from "./verb.ts";

/** A verb, how it was named (`release list`), and the rest of the call. */
export interface FoundVerb {
  readonly verb: Verb;
  readonly path: string;
  readonly tokens: readonly Token[];
}

/** Finds the verb that the call names. Global options may stand before it. */
export async function findVerb(args: readonly string[], table: readonly VerbEntry[]): Promise<Result<FoundVerb>> {
  const name = firstWord(tokensOf(args, {}));
  const entry = table.find((candidate) => candidate.name === name);
  if (entry === undefined) return failed(unknown("tidegate", name ?? "", table));
  return descend(await entry.load(), name!, args);
}

function descend(verb: Verb, path: string, args: readonly string[]): Result<FoundVerb> {
  const tokens = withoutFirstWords(tokensOf(args, verb.options), path.split(" ").length);
  const word = firstWord(tokens);
  const inner = verb.verbs?.find((candidate) => candidate.name === word);
  if (inner !== undefined) return descend(inner, `${path} ${word}`, args);
  const isWrong = verb.verbs !== undefined && word !== undefined && (verb.arguments ?? []).length === 0;
  return isWrong ? failed(unknown(`tidegate ${path}`, word, verb.verbs)) : ok({ verb, path, tokens });
}

function unknown(before: string, name: string, verbs: readonly { readonly name: string }[]): Failure {
  const names = verbs.map((verb) => verb.name);
  const meant = nearest(name, names);
  return {
    code: "unknown-command",
    message: `${before} has no verb "${name}"`,
    hint:
      meant !== undefined
        ? `Did you mean: ${before} ${meant}`
        : `One of: ${names.join(", ")}\nSee: ${before === "tidegate" ? "tidegate help" : `${before} --help`}`,
  };
}

function firstWord(tokens: readonly Token[]): string | undefined {
  return tokens.find((token) => token.kind === "word")?.value;
}

function withoutFirstWords(tokens: readonly Token[], count: number): Token[] {
  let left = count;
  return tokens.filter((token) => token.kind !== "word" || left-- <= 0);
}
