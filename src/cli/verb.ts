import type { Context } from "./context.ts";

/** One thing that `tidegate` can do. Each verb is one file in `verbs/`, listed in `verb-table.ts`. */
export interface Verb<Options extends OptionTable = OptionTable> {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** What follows `tidegate`, a form per line: `run [task…] [options]`. */
  readonly usage: readonly string[];
  /** Paragraphs for `--help`. */
  readonly description?: string;
  readonly examples: readonly [Example, ...Example[]];
  readonly arguments?: readonly Argument[];
  readonly options: Options;
  /** `release list`: the first word, when it names one of these, chooses it. */
  readonly verbs?: readonly Verb[];
  /**
   * Absent: one of `verbs` has to be named. Expected failures go through `reportFailures`; a throw is a bug.
   * Resolves with an `ExitCode`; where a command of the user's was all that was asked for, with that command's.
   */
  readonly run?: (context: Context, call: Call<Options>) => Promise<number>;
}

/** A verb before it is loaded. `summary` equals the verb's own, so that the list of verbs loads none. */
export interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Verb>;
}

export interface Example {
  /** The whole command line. */
  readonly command: string;
  readonly explains: string;
}

export interface Argument {
  readonly name: string;
  readonly summary: string;
  /** Default: false. Optional ones stand after required ones. */
  readonly required?: boolean;
  /** Takes all the words that are left; only the last argument. */
  readonly many?: boolean;
}

export type OptionTable = Readonly<Record<string, Option>>;
export type Option = FlagOption | TextOption | NumberOption;

interface OptionCommon {
  readonly summary: string;
  readonly short?: string;
}

export interface FlagOption extends OptionCommon {
  readonly kind: "flag";
}

export interface TextOption extends OptionCommon {
  readonly kind: "text";
  /** What stands for the value in the help: `DIR`. */
  readonly value: string;
  readonly default?: string;
  readonly choices?: readonly string[];
  /** It may be given several times: its value is the list of what was given, empty without any. */
  readonly many?: true;
}

/** A whole number. */
export interface NumberOption extends OptionCommon {
  readonly kind: "number";
  readonly value: string;
  /** Default: 1. */
  readonly minimum?: number;
  /** A number, or words for the help when it is found out later. */
  readonly default?: number | string;
}

/** What was asked of a verb: its words and its options, checked against its tables. */
export interface Call<Options extends OptionTable = OptionTable> {
  readonly arguments: readonly string[];
  readonly options: OptionValues<Options>;
}

export type OptionValues<Options extends OptionTable> = { readonly [K in keyof Options]: OptionValue<Options[K]> };

type OptionValue<O extends Option> = O extends FlagOption
  ? boolean
  : O extends { readonly many: true }
    ? readonly string[]
    : O extends { readonly kind: "number" }
      ? O extends { readonly default: number }
        ? number
        : number | undefined
      : O extends { readonly default: string }
        ? string
        : string | undefined;

/** Keeps the types of a verb's options for its `run`. */
export function defineVerb<const Options extends OptionTable>(verb: Verb<Options>): Verb {
  return verb as unknown as Verb;
}
