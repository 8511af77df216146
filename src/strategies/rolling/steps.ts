import type { Traffic } from "../../events/traffic.ts";
import { fleetOfMembers, isRoutable, type Member, needs, trafficBetween } from "../fleet.ts";
import { retire, type Step } from "../step.ts";
import { membersOfTiers, type StrategyInput } from "../strategy.ts";

/**
 * Service by service in the order of their needs, `batch` new instances at a time: start, check the first ones, switch
 * their share of the traffic, retire as many old ones. There are never fewer instances than before or after, whichever is
 * less. A deployment's share is its part of the instances of the service that is being replaced.
 *
 * Batch b of n retires old instances up to ceil(old × b / n): with 3 old, 2 new and batch 1, the first new one
 * replaces 2 and the second 1. A service that nothing serves yet comes up all at once; so does one whose old instances are
 * still called by others of their release: they stay until those have gone.
 */
export function rollingSteps(input: StrategyInput, batch: number): Step[] {
  const steps: Step[] = [];
  const { before, checksAgainst } = input;
  const after = fleetOfMembers(membersOfTiers(input.tiers));
  const isPublic = ({ requests }: Member) => requests === undefined;
  const hasPublic = after.members.some(isPublic);
  let { members, routed, traffic } = before;

  for (const tier of input.tiers) {
    steps.push(...tier.migrations);
    for (const service of new Set(tier.members.map((member) => member.service))) {
      const fresh = tier.members.filter((member) => member.service === service);
      const old = before.members.filter((member) => member.service === service);
      const isCalled = old.some((callee) => members.some((caller) => needs(caller, callee)));
      const batches = inBatches(fresh, old.length === 0 || isCalled ? fresh.length : batch);
      batches.forEach((started, index) => {
        const from = Math.ceil((old.length * index) / batches.length);
        const replaced = old.slice(from, Math.ceil((old.length * (index + 1)) / batches.length));
        const retired = isCalled ? [] : replaced;
        members = [...without(members, retired), ...started];
        const wasRouted = routed;
        routed = [...without(routed, replaced), ...started.filter(isRoutable)];
        if (!hasPublic || fresh.some(isPublic)) traffic = sharesOf(service, routed, traffic);
        steps.push({ kind: "start", members: started }, ...(index === 0 ? checksAgainst(started) : []));
        if (!isSame(routed, wasRouted)) steps.push({ kind: "route", members: routed, traffic });
        steps.push(...retire(retired));
      });
    }
  }

  const left = without(members, after.members);
  if (!isSame(routed, after.routed)) steps.push({ kind: "route", members: after.routed, traffic: after.traffic });
  return [...steps, ...retire(left)];
}

function sharesOf(service: string, routed: readonly Member[], otherwise: Traffic): Traffic {
  const own = routed.filter((member) => member.service === service);
  return own.length === 0 ? otherwise : trafficBetween(own);
}

function isSame(one: readonly Member[], other: readonly Member[]): boolean {
  return one.length === other.length && without(one, other).length === 0;
}

/** By their ids: what a store gave back is equal, but not the same. */
function without(members: readonly Member[], others: readonly Member[]): Member[] {
  return members.filter(({ id }) => !others.some((other) => other.id === id));
}

function inBatches(members: readonly Member[], size: number): Member[][] {
  const step = Math.max(1, Math.min(size, members.length));
  const count = Math.ceil(members.length / step);
  return Array.from({ length: count }, (_, index) => members.slice(index * step, (index + 1) * step));
}
