import type { KeptEvent } from "../../records/event.ts";

/** What a look for drift found some time ago. */
export interface DriftFound {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What it is about; sorted. */
  readonly subjects: readonly string[];
}

/** Whether `rememberedDrift` goes by facts of this type. */
export function isDriftFact(type: unknown): boolean {
  return type === "driftFound" || type === "driftGone" || type === "driftMended";
}

/**
 * What was found last and is not known to be gone. `facts`: of one environment, newest first. What was found before `since`, when what
 * serves was deployed, was about something else.
 */
export function rememberedDrift(
  facts: readonly { readonly at: number; readonly fact: KeptEvent }[],
  since: number,
): DriftFound | undefined {
  for (const { at, fact } of facts) {
    if (at < since || fact.type === "driftGone") return undefined;
    if (fact.type === "driftFound") return { at, subjects: fact.subjects };
    if (fact.type === "driftMended") return fact.left.length === 0 ? undefined : { at, subjects: fact.left };
  }
  return undefined;
}
