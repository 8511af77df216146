import type { Fleet, Member } from "./fleet.ts";
import { type Step, withoutEmpty } from "./step.ts";

/**
 * One way of bringing a release into an environment: everything that there is to know of it, in a folder of its own. The
 * table in `strategies.ts` is the only place that lists strategies; the definition's types and checks, the stored spec, the
 * plan and the words of the terminal are taken from there.
 */
export interface Strategy<Spec extends { readonly strategy: string }, Choice> {
  /** Whether a definition can choose it. */
  readonly isChoice: boolean;
  /** Its fields besides the name: in a definition each may be left out, in a spec each is there, unless its kind says otherwise. */
  readonly options: Readonly<Record<Exclude<keyof Spec, "strategy">, OptionKind>>;
  /** How it stands in a deployment's spec: every default filled in. */
  specOf(choice: Choice): Spec;
  /** What is wrong with options that are right one by one. Absent: nothing can be. */
  contradiction?(choice: Choice): Contradiction | undefined;
  /** Pure: the same steps for the same input. */
  steps(input: StrategyInput, spec: Spec): Step[];
  /** How it compares the release with what serves beside it. Absent: it does not. */
  comparing?(spec: Spec): Comparing;
  readonly words: StrategyWords;
}

/** The rules of a comparison that a project may choose; see `rollout/analysis/`. */
export interface Comparing {
  /** How often a release that is no worse may be taken out, however often one looks. */
  readonly alpha: number;
  /** Rate ratios up to this are no regression: 1, unless some more errors are accepted. */
  readonly tolerance: number;
  /** For failures that come in clusters. */
  readonly guarded: boolean;
}

/**
 * The values that a strategy's options take. How each is checked stands in `definition/check/environments.ts`, and where
 * it comes from a disk or a socket in the schema of the deployment's spec.
 */
export type OptionKind = "atLeastOneIfAny" | "amount" | "duration" | "percents" | "onNoEvidence" | "analysis";

export interface StrategyWords {
  /** What it costs, said before it is done; absent: no request is lost. */
  readonly loses?: string;
}

/** An option that does not go with the others, and what it should be instead. */
export interface Contradiction {
  readonly option: string;
  readonly expected: string;
}

/** What a strategy has to work with. */
export interface StrategyInput {
  readonly before: Fleet;
  /** The new deployment, in the order of its services' needs. */
  readonly tiers: readonly Tier[];
  /** The gates' checks, for each service of these that takes requests from outside. */
  checksAgainst(started: readonly Member[]): Step[];
}

/** Services that may come up together: everything that they need has come up before. */
export interface Tier {
  readonly members: readonly Member[];
  /** In the order of the services; they run before the members start. */
  readonly migrations: readonly Step[];
}

/** Everything new, service by service in the order of their needs, beside everything old; checked before it gets requests. */
export function startBeside({ tiers, checksAgainst }: StrategyInput): Step[] {
  const started = tiers.flatMap((tier): Step[] => [...tier.migrations, { kind: "start", members: tier.members }]);
  return withoutEmpty([...started, ...checksAgainst(membersOfTiers(tiers))]);
}

export function membersOfTiers(tiers: readonly Tier[]): Member[] {
  return tiers.flatMap((tier) => tier.members);
}
