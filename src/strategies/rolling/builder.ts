/** So many instances, or a part of those that there should be: `2`, `"25%"`. */
export type Amount = number | `${number}%`;

/** Replaces instances in batches. */
export interface RollingStrategy {
  readonly kind: "strategy";
  readonly strategy: "rolling";
  /** How many instances of each service may run at once beyond those that there should be. Default: 1. */
  readonly surge?: Amount;
  /** How many fewer of each service may serve for a while; one always does. Default: 0. */
  readonly unavailable?: Amount;
  /** The same as `surge`, in whole numbers; not beside it. */
  readonly batch?: number;
}

/** Replaces instances in batches, as many at a time as `surge` and `unavailable` allow: no request is lost. */
export function rolling(options: Omit<RollingStrategy, "kind" | "strategy"> = {}): RollingStrategy {
  return Object.freeze({ ...options, kind: "strategy", strategy: "rolling" });
}
