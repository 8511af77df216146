import type { Step } from "../step.ts";
import type { StrategyInput } from "./strategy-input.ts";

/** Everything old goes, then everything new comes; requests in between get 503. */
export function recreate({ before, after, migrations, checksAgainst }: StrategyInput): Step[] {
  const leave: Step[] = [
    { kind: "route", members: [] },
    { kind: "drain", members: before },
    { kind: "stop", members: before },
  ];
  return [
    ...(before.length > 0 ? leave : []),
    ...migrations,
    { kind: "start", members: after },
    ...checksAgainst(after),
    { kind: "route", members: after },
  ];
}
