import { type LogEvidence, meanEvidence } from "./evidence-value.ts";

/**
 * Against "the candidate fails at least one request in 1/p₀", by its own requests alone: for services that fail so rarely
 * that comparing takes for ever. A mixture of bets on rates below p₀:
 *
 * ```text
 * E(q) = ((1 − q)/(1 − p₀))^(n − y) · (q/p₀)^y,   q = p₀ · {0, 0.1, 0.25, 0.5};   E = their mean
 * ```
 *
 * Worked example, p₀ = 0.01, no error in 300 requests: E(0) = 0.99^−300 = 20.4 (the rule of three).
 */
export function boundEvidence(limit: number, requests: number, errors: number): LogEvidence {
  return meanEvidence(
    [0, 0.1, 0.25, 0.5].map((part) => {
      const good = (requests - errors) * (Math.log1p(-part * limit) - Math.log1p(-limit));
      return errors === 0 ? good : good + errors * Math.log(part);
    }),
  );
}
