/** Everything that environments are compared by, in the order in which it is told. */
export const dimensions = [
  "config",
  "types",
  "secrets",
  "services",
  "commands",
  "health",
  "replicas",
  "limits",
  "resources",
  "runtime",
  "strategy",
  "gates",
  "place",
  "release",
] as const;

/**
 * `types`: of config values. `services`: which there are, what they need, how they are reached. `resources`: what they are, and
 * the versions that were seen. `place`: driver, address, order, purpose, protection.
 */
export type Dimension = (typeof dimensions)[number];

/**
 * What a column is made of. `definition`: nothing serves there; it is what the definition says. `deployed`: the deployment that
 * serves. `planned`: what a deployment is about to make. `machine`: this one, or the CI's.
 */
export type Basis = "definition" | "deployed" | "planned" | "machine";

/** The column of a machine that is no CI. */
export const laptop = "here";

export interface ParityColumn {
  /** An environment's name; of the machine `here` or `ci`. */
  readonly name: string;
  readonly basis: Basis;
  /** The one that serves; absent unless deployed. */
  readonly deployment?: number;
  /** Absent: none is there, or a definition has none. */
  readonly release?: string;
  /** It was made like an environment of the definition, and ends by itself. */
  readonly isPreview?: true;
}

/** Why something is not known. Where there is evidence, it is a sentence. */
export interface Unknown {
  readonly because:
    | "secretUnreadable"
    | "configInvalid"
    | "notReachable"
    | "notLookedAt"
    | "releaseCollected"
    | "driverCannotTell";
  /** Whether it could have been seen: then not knowing it is no excuse. */
  readonly observable: boolean;
  readonly evidence?: string;
}

/** What stands in one column of a row; `expected`: the version that it must be. Of secrets only which columns have the same value: those with the same number. */
export type Cell =
  | { readonly state: "set"; readonly text: string; readonly byHand?: true; readonly expected?: string }
  | { readonly state: "secret"; readonly alike: number }
  | { readonly state: "absent" }
  | { readonly state: "unknown"; readonly unknown: Unknown }
  /** The column has nothing to do with it: a machine has no replicas. */
  | { readonly state: "notCompared" };

/** What allows a difference. */
export type Allowance =
  /** `differs(…)`. */
  | { readonly by: "differs"; readonly reason: string; readonly owner?: string; readonly until?: string }
  /** It stands in an environment's block; `because`: the reasons given there, by environment. */
  | { readonly by: "standing"; readonly because: Readonly<Record<string, string>> }
  /** Each environment has a secret of its own. */
  | { readonly by: "own" }
  /** Their releases are not the same, and this is part of a release. */
  | { readonly by: "release" }
  /** One comes after the other and has not caught up, or nothing serves there yet. */
  | { readonly by: "order" }
  /** Environments are the same; a laptop may have something else. A CI may not. */
  | { readonly by: "machine" }
  /** A preview does not run everything, and gets no secret that others have. */
  | { readonly by: "preview" }
  /** Who deploys says so, for this deployment alone: `--set`. */
  | { readonly by: "hand" };

/**
 * `undeclared`: they differ, and nothing says that they may. `needless`: declared to differ, and no environment does.
 * `expired`: it was allowed to differ until a date that has passed. `sameSecret`: secrets that must differ do not. `sharedDiffers`: a shared
 * one does. `otherVersion`: what answers is not of the version that is declared. `byHand`: what serves was set by hand.
 */
export type Violation =
  | "undeclared"
  | "needless"
  | "expired"
  | "sameSecret"
  | "sharedDiffers"
  | "otherVersion"
  | "byHand";

export type Verdict =
  /** `shared`: why a secret is the same. */
  | { readonly verdict: "equal"; readonly shared?: string }
  | { readonly verdict: "declared"; readonly allowed: Allowance }
  | { readonly verdict: "violation"; readonly violation: Violation; readonly declared?: Declaration }
  /** What is known agrees, and the rest is not known. The first reason that could have been avoided, else the first. */
  | { readonly verdict: "unknown"; readonly unknown: Unknown };

/** What a `differs(…)` says. */
export interface Declaration {
  readonly reason: string;
  readonly owner?: string;
  /** The last day, `YYYY-MM-DD` by UTC. */
  readonly until?: string;
}

/** One thing in all columns. */
export type ParityRow = Verdict & {
  readonly dimension: Dimension;
  /** A config key, a service, a resource; with a word behind it where there are several: `web port`. */
  readonly key: string;
  /** In the order of the columns. */
  readonly cells: readonly Cell[];
};

/** Environments side by side: rows by dimension and key. No secret, and no digest of one, is in here. */
export interface ParityReport {
  readonly columns: readonly ParityColumn[];
  readonly rows: readonly ParityRow[];
}

/** Whether nothing differs that may not. What is unknown is no violation: `unknownRows` tells it. */
export function holds({ rows }: ParityReport): boolean {
  return rows.every(({ verdict }) => verdict !== "violation");
}

/** Whether at least two environments stand beside each other: what is not compared with another one is equal to none. */
export function isComparison({ columns }: ParityReport): boolean {
  return columns.filter(({ basis }) => basis !== "machine").length > 1;
}

/** Whether at least two columns have something to do with it. */
export function isCompared({ cells }: ParityRow): boolean {
  return cells.filter(({ state }) => state !== "notCompared").length > 1;
}

export function violations({ rows }: ParityReport): readonly (ParityRow & { readonly verdict: "violation" })[] {
  return rows.filter((row) => row.verdict === "violation");
}

export function unknownRows({ rows }: ParityReport): readonly (ParityRow & { readonly verdict: "unknown" })[] {
  return rows.filter((row) => row.verdict === "unknown");
}
