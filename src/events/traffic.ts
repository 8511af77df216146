/** What part of an environment's requests one deployment gets. */
export interface Share {
  readonly deployment: number;
  readonly release: string;
  /** From 0 to 1. */
  readonly share: number;
}

/** Who gets an environment's requests: the shares add up to 1. Empty: nobody gets any. */
export type Traffic = readonly Share[];

/** Who gets the most; of equals the first. */
export function mostOf(traffic: Traffic): Share | undefined {
  return traffic.reduce<Share | undefined>(
    (most, share) => (most === undefined || share.share > most.share ? share : most),
    undefined,
  );
}
