import type { Traffic } from "../events/traffic.ts";

/** One instance that should run. Its id says where it comes from: deployment 7's first web is `d7-web-1`. */
export interface Member {
  readonly id: string;
  readonly service: string;
  readonly release: string;
  readonly deployment: number;
  /** Services of its own deployment that it calls: they come up before it and go after it. Absent: none. */
  readonly needs?: readonly string[];
  /** Where its requests come from. Absent: through the environment's address. `none`: it listens nowhere. */
  readonly requests?: "internal" | "none";
}

/**
 * What an environment should run, which of it gets requests through the environment's address, and how they are shared.
 * Inside a deployment's share all of its routed members are equal.
 */
export interface Fleet {
  readonly members: readonly Member[];
  readonly routed: readonly Member[];
  readonly traffic: Traffic;
}

export const emptyFleet: Fleet = { members: [], routed: [], traffic: [] };

/** All of these, with requests for those that take them from outside, shared by their number. */
export function fleetOfMembers(members: readonly Member[]): Fleet {
  const routed = members.filter(isRoutable);
  return { members, routed, traffic: trafficBetween(routed) };
}

/** Whether the environment's routes name it; one that takes no requests does no harm there. */
export function isRoutable(member: Member): boolean {
  return member.requests !== "internal";
}

/**
 * Shares by number of instances, oldest deployment first: two of deployment 1 and one of deployment 2 share 2/3 and 1/3.
 * The last share is what is left of 1, so that the sum is exact.
 */
export function trafficBetween(members: readonly Member[]): Traffic {
  const deployments = [...new Set(members.map((member) => member.deployment))].sort((a, b) => a - b);
  let left = 1;
  return deployments.map((deployment, index) => {
    const own = members.filter((member) => member.deployment === deployment);
    const share = index === deployments.length - 1 ? left : own.length / members.length;
    left -= share;
    return { deployment, release: own[0]!.release, share };
  });
}

/**
 * The members in the order of their needs: those that need nothing of the others first, then those that need them, and so
 * on. Only needs inside of a deployment count. In a circle, which no definition has, everybody comes in one tier.
 */
export function tiersOf(members: readonly Member[]): Member[][] {
  const tiers: Member[][] = [];
  let left = [...members];
  while (left.length > 0) {
    const free = left.filter((member) => !left.some((other) => needs(member, other)));
    const tier = free.length > 0 ? free : left;
    tiers.push(tier);
    left = left.filter((member) => !tier.includes(member));
  }
  return tiers;
}

/** Whether the first calls the second. */
export function needs(member: Member, other: Member): boolean {
  return member.deployment === other.deployment && member.needs?.includes(other.service) === true;
}
