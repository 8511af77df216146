import type { Traffic } from "../../events/traffic.ts";
import { fleetOfMembers, isRoutable, type Member, needs, trafficBetween } from "../fleet.ts";
import { retire, type Step } from "../step.ts";
import { membersOfTiers, type StrategyInput } from "../strategy.ts";
import type { Amount } from "./builder.ts";

/**
 * Service by service in the order of their needs, `surge` and `unavailable` new instances at a time: retire `unavailable` old
 * ones, start the new ones, check the first of them, switch their share of the traffic, retire as many old ones as are left
 * of the batch. There are never fewer instances than before or after, whichever is less, but for the `unavailable`; and one of
 * a service always serves. A deployment's share is its part of the instances of the service that is being replaced.
 *
 * Parts of a hundred are of the new instances, up for `surge` and down for `unavailable`: of 5, "25%" and "25%" are 2 and 1.
 *
 * Batch b of n retires old instances up to ceil(old × b / n): with 3 old, 2 new and a surge of 1, the first new one
 * replaces 2 and the second 1. A service that nothing serves yet comes up all at once; so does one whose old instances are
 * still called by others of their release: they stay until those have gone.
 */
export function rollingSteps(input: StrategyInput, surge: Amount, unavailable: Amount): Step[] {
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
      const fewer = amountOf(unavailable, fresh.length, Math.floor);
      const batch = amountOf(surge, fresh.length, Math.ceil) + fewer;
      const batches = inBatches(fresh, old.length === 0 || isCalled ? fresh.length : batch);
      batches.forEach((started, index) => {
        const from = Math.ceil((old.length * index) / batches.length);
        const replaced = old.slice(from, Math.ceil((old.length * (index + 1)) / batches.length));
        const served = members.filter((member) => member.service === service).length;
        const early = isCalled ? [] : replaced.slice(0, Math.max(0, Math.min(fewer, served - 1)));
        const late = isCalled ? [] : without(replaced, early);
        const routeTo = (wanted: readonly Member[]): Step[] => {
          const isChanged = !isSame(routed, wanted);
          routed = wanted;
          if (!hasPublic || fresh.some(isPublic)) traffic = sharesOf(service, routed, traffic);
          return isChanged ? [{ kind: "route", members: routed, traffic }] : [];
        };
        members = [...without(members, [...early, ...late]), ...started];
        if (early.length > 0) steps.push(...routeTo(without(routed, early)), ...retire(early));
        steps.push({ kind: "start", members: started }, ...(index === 0 ? checksAgainst(started) : []));
        steps.push(...routeTo([...without(routed, replaced), ...started.filter(isRoutable)]), ...retire(late));
      });
    }
  }

  const left = without(members, after.members);
  if (!isSame(routed, after.routed)) steps.push({ kind: "route", members: after.routed, traffic: after.traffic });
  return [...steps, ...retire(left)];
}

/** Whether it is an `Amount`: a whole number, or a part of a hundred. */
export function isAmount(input: unknown): input is Amount {
  if (typeof input === "string") return /^(100|[1-9]?[0-9])%$/.test(input);
  return Number.isSafeInteger(input) && (input as number) >= 0;
}

function amountOf(amount: Amount, of: number, round: (value: number) => number): number {
  return typeof amount === "number" ? amount : round((Number.parseFloat(amount) / 100) * of);
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
