import type { Member } from "../../environment/spec.ts";
import type { Step } from "../step.ts";
import type { StrategyInput } from "./strategy-input.ts";

/**
 * Service by service, `batch` new instances at a time: start, check the first ones, switch their share of the
 * traffic, retire as many old ones. There are never fewer instances than before or after, whichever is less.
 *
 * Batch b of n retires old instances up to ceil(old × b / n): with 3 old, 2 new and batch 1, the first new one
 * replaces 2 and the second 1. A service that nothing serves yet comes up all at once.
 */
export function rolling(input: StrategyInput, batch: number): Step[] {
  const steps: Step[] = [...input.migrations];
  let checks = (started: readonly Member[]) => input.checksAgainst(started);
  let fleet = input.before;

  for (const service of unique(input.after.map((member) => member.service))) {
    const old = input.before.filter((member) => member.service === service);
    const batches = inBatches(
      input.after.filter((member) => member.service === service),
      old.length === 0 ? Number.POSITIVE_INFINITY : batch,
    );
    batches.forEach((started, index) => {
      const from = Math.ceil((old.length * index) / batches.length);
      const retired = old.slice(from, Math.ceil((old.length * (index + 1)) / batches.length));
      fleet = [...fleet.filter((member) => !retired.includes(member)), ...started];
      const gates = checks(started);
      if (gates.length > 0) checks = () => [];
      steps.push({ kind: "start", members: started }, ...gates, ...handOver(fleet, retired));
    });
  }

  const left = fleet.filter((member) => !input.after.includes(member));
  return left.length === 0 ? steps : [...steps, ...handOver(input.after, left)];
}

/** Traffic to `fleet`, then the retired ones go when their last request is answered. */
function handOver(fleet: readonly Member[], retired: readonly Member[]): Step[] {
  return [
    { kind: "route", members: fleet },
    { kind: "drain", members: retired },
    { kind: "stop", members: retired },
  ];
}

function inBatches(members: readonly Member[], size: number): Member[][] {
  const step = Math.min(size, members.length);
  const count = members.length === 0 ? 0 : Math.ceil(members.length / step);
  return Array.from({ length: count }, (_, index) => members.slice(index * step, (index + 1) * step));
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
