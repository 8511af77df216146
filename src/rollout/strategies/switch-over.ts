import type { Step } from "../step.ts";
import type { StrategyInput } from "./strategy-input.ts";

/** Everything new beside everything old, then one switch. No migrations and no gates: it was verified before. */
export function switchOver({ before, after }: StrategyInput): Step[] {
  return [
    { kind: "start", members: after },
    { kind: "route", members: after },
    { kind: "drain", members: before },
    { kind: "stop", members: before },
  ];
}
