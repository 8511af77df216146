/** Replaces instances in batches, new before old. */
export interface RollingStrategy {
  readonly kind: "strategy";
  readonly strategy: "rolling";
  /** Instances of each service replaced at a time. Default: 1. */
  readonly batch?: number;
}

/** Replaces instances in batches, new before old: no request is lost. */
export function rolling(options: { readonly batch?: number } = {}): RollingStrategy {
  return Object.freeze({ ...options, kind: "strategy", strategy: "rolling" });
}
