import type { KeptEvent } from "../../records/event.ts";

/** What a look for drift found some time ago. */
export interface DriftFound {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What it is about; sorted. */
  readonly subjects: readonly string[];
}

/** What was found last and is not known to be gone. `facts`: of one environment, newest first. */
export function rememberedDrift(
  facts: readonly { readonly at: number; readonly fact: KeptEvent }[],
): DriftFound | undefined {
  for (const { at, fact } of facts) {
    if (fact.type === "driftGone") return undefined;
    if (fact.type === "driftFound") return { at, subjects: fact.subjects };
    if (fact.type === "driftMended") return fact.left.length === 0 ? undefined : { at, subjects: fact.left };
  }
  return undefined;
}
