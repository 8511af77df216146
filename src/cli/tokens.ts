import { parseArgs } from "node:util";
import { type GlobalChoice, globalOptions } from "./global-options.ts";
import type { OptionTable } from "./verb.ts";

export interface WordToken {
  readonly kind: "word";
  readonly value: string;
}

export interface OptionToken {
  readonly kind: "option";
  /** Long name, or the letter when nobody knows it. */
  readonly name: string;
  /** As typed: `--colour`, `-x`. */
  readonly typed: string;
  readonly value: string | undefined;
  /** `--name=value`. */
  readonly inline: boolean;
}

export type Token = WordToken | OptionToken;

/** Cuts a call into words and options; whatever `table` does not know is taken as a flag. Nothing is judged here. */
export function tokensOf(args: readonly string[], table: OptionTable): Token[] {
  const options: Record<string, { type: "boolean" | "string"; short?: string }> = {};
  const all: OptionTable = { ...table, ...globalOptions };
  for (const [name, option] of Object.entries(all)) {
    options[name] = { type: option.kind === "flag" ? "boolean" : "string" };
    if (option.short !== undefined) options[name].short = option.short;
  }
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  return tokens.flatMap((token): Token[] => {
    if (token.kind === "positional") return [{ kind: "word", value: token.value }];
    if (token.kind === "option-terminator") return [];
    const { name, rawName: typed, value } = token;
    return [{ kind: "option", name, typed, value, inline: token.inlineValue === true }];
  });
}

export function globalChoice(tokens: readonly Token[]): GlobalChoice {
  const last = (name: string) => tokens.findLast((token) => token.kind === "option" && token.name === name);
  const project = last("project") as OptionToken | undefined;
  return {
    project: project?.value,
    json: last("json") !== undefined,
    noColor: last("no-color") !== undefined,
    help: last("help") !== undefined,
  };
}
