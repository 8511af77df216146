const firstMs = 500;
const longestMs = 30_000;

/**
 * How long to wait before the n-th restart in a row: 500 ms doubled each time, at most 30 s.
 * 1 → 500, 2 → 1000, 3 → 2000, 7 → 30000.
 */
export function backoff(losses: number): number {
  return Math.min(firstMs * 2 ** (losses - 1), longestMs);
}

/** Running this long counts as recovered: the next loss is the first again. */
export const recoveredMs = 60_000;
