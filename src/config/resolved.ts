import type { Problem } from "../definition/problem.ts";
import type { Secret } from "../secrets/secret.ts";

/** Where a value can come from, the lowest first. */
export type LayerName = "default" | "environment" | "secret";

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
  readonly layers: readonly Layer[];
}

/** One key's outcome: its value, or what is wrong with it. */
export type KeyOutcome = ResolvedValue | readonly Problem[];

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
