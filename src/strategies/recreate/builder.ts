/** Stops everything old, then starts everything new. Requests in between are refused with 503. */
export interface RecreateStrategy {
  readonly kind: "strategy";
  readonly strategy: "recreate";
}

/** Stops everything old, then starts everything new; for services that cannot run twice at once. */
export function recreate(): RecreateStrategy {
  return Object.freeze({ kind: "strategy", strategy: "recreate" });
}
