import type { Member } from "../../environment/spec.ts";
import type { Step } from "../step.ts";

/** What a strategy has to work with. */
export interface StrategyInput {
  readonly before: readonly Member[];
  readonly after: readonly Member[];
  /** Migrations of the new release, in the order of its services. */
  readonly migrations: readonly Step[];
  /** The gates' checks against a new instance; [] when no new instance takes requests. */
  checksAgainst(started: readonly Member[]): Step[];
}
