import type { Failure } from "./failure.ts";

/** An expected outcome: a value, or every failure that was found. Throws are left for bugs. */
export type Result<T> = Ok<T> | Failed;

export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Failed {
  readonly ok: false;
  /** Never empty, in a deterministic order. */
  readonly failures: readonly Failure[];
}

export function ok(): Ok<void>;
export function ok<T>(value: T): Ok<T>;
export function ok(value?: unknown): Ok<unknown> {
  return { ok: true, value };
}

export function failed(...failures: readonly Failure[]): Failed {
  return { ok: false, failures };
}

/** The failures of several works that were all tried. */
export function both(...results: readonly Result<void>[]): Result<void> {
  const failures = results.flatMap((result) => (result.ok ? [] : result.failures));
  return failures.length === 0 ? ok() : failed(...failures);
}
