import type { Problem } from "../definition/problem.ts";
import { Secret } from "../secrets/secret.ts";

/**
 * Where a value can come from, the lowest first. One rule: the highest layer that has a value wins. `default`: the schema's,
 * everywhere. `environment`: the environment's own, for keys declared `differs`. `secret`: the secret's source. `set`: by
 * hand, for one deployment.
 */
export type LayerName = "default" | "environment" | "secret" | "set";

/** A layer that has a value for a key. Of several the last one wins. */
export interface Layer {
  readonly layer: LayerName;
  /** As it stands there, before the schema; a default as the schema gives it. */
  readonly value: unknown;
  readonly won: boolean;
}

/** A key's value in one environment. */
export interface ResolvedValue {
  readonly key: string;
  readonly kind: "value" | "differs" | "secret";
  /** As the schema coerced it; of a secret its text. */
  readonly value: unknown;
  /** What the service gets in its environment variable; absent: the variable is not set. */
  readonly text?: string | Secret;
  /** Whether `text` is the value's JSON: a number, a boolean, a list, an object. Absent: the value is the text itself. */
  readonly isJson?: true;
  readonly layers: readonly Layer[];
}

/** One key's outcome: its value, or what is wrong with it. */
export type KeyOutcome = ResolvedValue | readonly Problem[];

/** Whether there is no value, for these reasons. */
export function isProblems(outcome: KeyOutcome): outcome is readonly Problem[] {
  return Array.isArray(outcome);
}

/** The config of one environment. */
export interface ResolvedConfig {
  readonly environment: string;
  /** In the order of the definition. */
  readonly values: readonly ResolvedValue[];
}

/** A config, or every problem with it. */
export type Resolution =
  | { readonly ok: true; readonly value: ResolvedConfig }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What a service gets: one environment variable per key; those without a value are left out. */
export function toEnvironmentVariables({ values }: ResolvedConfig): Readonly<Record<string, string | Secret>> {
  return Object.fromEntries(values.flatMap(({ key, text }) => (text === undefined ? [] : [[key, text]])));
}

/** A value as data: what `text` says, typed. Reveals a secret. `undefined`: it has none. */
export function toData({ text, isJson }: Pick<ResolvedValue, "text" | "isJson">): unknown {
  if (text === undefined) return undefined;
  const plain = text instanceof Secret ? text.reveal() : text;
  return isJson ? JSON.parse(plain) : plain;
}
