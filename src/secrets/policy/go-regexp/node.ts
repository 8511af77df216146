/** Whether a code point belongs to it. */
export type Matcher = (codePoint: number) => boolean;

/** What an expression means, without what only matters for where a match begins and ends (captures, laziness). */
export type Node =
  | { readonly kind: "character"; readonly matches: Matcher }
  | { readonly kind: "assertion"; readonly at: Assertion }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | { readonly kind: "choice"; readonly parts: readonly Node[] }
  /** `most` is Infinity when there is no end. */
  | { readonly kind: "repeat"; readonly part: Node; readonly least: number; readonly most: number };

/** What must hold between two characters. */
export type Assertion = "text-start" | "text-end" | "line-start" | "line-end" | "boundary" | "no-boundary";

/** The flags that hold at a place: `i`, `m`, `s`. (`U` only swaps laziness.) */
export interface Flags {
  readonly ignoreCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
}

/** Not an expression that Go takes; `message` says why. */
export class RegexpError extends Error {}
