/**
 * E-values, as logarithms. An e-value is a bet against a hypothesis whose expectation is at most 1 while the hypothesis
 * holds, at whatever moment one looks (Ville 1939): P(it ever reaches 1/α) ≤ α. So one may look after every request.
 */
export type LogEvidence = number;

/** No evidence either way. */
export const noEvidence: LogEvidence = 0;

/** Whether the hypothesis is rejected at level `alpha`. 0.01: at an e-value of 100. */
export function rejects(evidence: LogEvidence, alpha: number): boolean {
  return evidence >= -Math.log(alpha);
}

/**
 * The mean of several e-values, which is one again however they depend on each other: `ln((e^a + e^b + …) / n)`.
 * Worked example: the mean of 400 and 0 is 200. Of none: no evidence.
 */
export function meanEvidence(logs: readonly LogEvidence[]): LogEvidence {
  if (logs.length === 0) return noEvidence;
  const top = Math.max(...logs);
  if (top === Number.NEGATIVE_INFINITY) return top;
  return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0) / logs.length);
}
