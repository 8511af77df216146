/**
 * Who asked for something, as far as is known: nothing of it is proven, and names are whatever somebody has set.
 * Whoever shows them treats them as hostile text. Each text has at most `longestName` characters.
 */
export interface Actor {
  /** The user of the machine. */
  readonly user: string;
  readonly host: string;
  /** What git would write into a commit there. */
  readonly git?: { readonly name?: string; readonly email?: string };
  /** How it was asked for. `agent`: by itself, for instance when it finished what an earlier one had left. */
  readonly via: "cli" | "agent";
}

export const longestName = 200;
