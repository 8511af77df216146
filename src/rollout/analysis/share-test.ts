import { type LogEvidence, meanEvidence } from "./evidence-value.ts";

/**
 * Does the gateway share out as it says? Every request is a label: the candidate's with the probability of the share that
 * was set. When this rejects, what is compared are not the same requests, and the rest of the analysis means nothing
 * (Lindon and Malek 2022, sample ratio mismatch). Both directions, as the grid of the label test.
 */
export interface ShareTest {
  readonly logs: readonly LogEvidence[];
}

const ratios = [0.5, 0.75, 0.9, 0.95, 1.05, 1.1, 1.35, 2];

export const newShareTest: ShareTest = { logs: ratios.map(() => 0) };

/** After one more tick with `share` of the requests meant for the candidate; 0 and 1 say nothing. */
export function nextShareTest({ logs }: ShareTest, share: number, candidate: number, baseline: number): ShareTest {
  if (share <= 0 || share >= 1) return { logs };
  const odds = share / (1 - share);
  return {
    logs: logs.map((log, at) => {
      const ratio = ratios[at] as number;
      const less = Math.log1p(odds) - Math.log1p(odds * ratio);
      return log + candidate * (Math.log(ratio) + less) + baseline * less;
    }),
  };
}

export function shareEvidence({ logs }: ShareTest): LogEvidence {
  return meanEvidence(logs);
}
