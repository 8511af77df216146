import { Secret } from "../../secrets/secret.ts";
import { type ResolvedConfig, type ResolvedValue, toData } from "../resolved.ts";

/** A key of an exported config: as text, as it goes into an environment variable, and as data. */
export interface ExportedKey {
  readonly key: string;
  readonly text: string;
  readonly data: unknown;
  readonly isSecret: boolean;
}

/** The keys that have a value, secrets revealed. For what leaves Tidegate and nothing else. */
export function revealed(config: ResolvedConfig): ExportedKey[] {
  return exported(config.values);
}

/** The keys that have a value and are no secrets. */
export function withoutSecrets(config: ResolvedConfig): ExportedKey[] {
  return exported(config.values.filter(({ kind }) => kind !== "secret"));
}

function exported(values: readonly ResolvedValue[]): ExportedKey[] {
  return values.flatMap((value) => {
    const { key, text, kind } = value;
    if (text === undefined) return [];
    const plain = text instanceof Secret ? text.reveal() : text;
    return [{ key, text: plain, data: toData(value), isSecret: kind === "secret" }];
  });
}
