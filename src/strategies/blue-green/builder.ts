import type { Duration } from "../../errors/duration.ts";

/** Everything new beside everything old, verified, then one switch. */
export interface BlueGreenStrategy {
  readonly kind: "strategy";
  readonly strategy: "blueGreen";
  /** How long the old instances stay up after the switch, for the way back. Default: "15m". */
  readonly keep?: Duration;
}

/**
 * Starts everything new beside everything old, checks it, and moves all requests in one switch. The old instances stay up
 * for a while: until then the way back is a switch, too.
 */
export function blueGreen(options: { readonly keep?: Duration } = {}): BlueGreenStrategy {
  return Object.freeze({ ...options, kind: "strategy", strategy: "blueGreen" });
}
