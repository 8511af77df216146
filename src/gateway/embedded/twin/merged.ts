import type { GatewayObservation, InstanceTraffic, SubstituteAnswers } from "../../gateway.ts";

/**
 * What two processes of one gateway tell, as one. Both follow the same tables: what the first tells of these is enough.
 * `lostAt`: when counts of a second one were last lost.
 */
export function merged(
  one: GatewayObservation,
  other: GatewayObservation | undefined,
  lostAt: number,
): GatewayObservation {
  const processes = [...one.processes, ...(other?.processes ?? [])];
  const since = Math.max(lostAt, ...processes.map((process) => process.since));
  const problems = [...(one.problems ?? []), ...(other?.problems ?? [])];
  const unlike = problems.filter(
    (problem, index) => problems.findIndex((same) => keyOf(same) === keyOf(problem)) === index,
  );
  const substitutes = substitutesOf([...(one.substitutes ?? []), ...(other?.substitutes ?? [])]);
  return {
    ...{ processes, environments: one.environments, removed: one.removed },
    instances: trafficOf([...one.instances, ...(other?.instances ?? [])], since),
    ...(unlike.length === 0 ? {} : { problems: unlike }),
    ...(substitutes.length === 0 ? {} : { substitutes }),
  };
}

function keyOf(problem: { readonly environment: string; readonly about: string; readonly code: string }): string {
  return `${problem.environment} ${problem.about} ${problem.code}`;
}

function trafficOf(all: readonly InstanceTraffic[], since: number): InstanceTraffic[] {
  const sums = new Map<string, InstanceTraffic>();
  for (const one of all) {
    const key = JSON.stringify([one.environment, one.instance, one.internal]);
    const known = sums.get(key);
    sums.set(key, { ...(known === undefined ? one : sum(known, one)), since });
  }
  return [...sums.values()];
}

function sum(one: InstanceTraffic, other: InstanceTraffic): InstanceTraffic {
  return {
    ...one,
    requests: one.requests + other.requests,
    serverErrors: one.serverErrors + other.serverErrors,
    connectErrors: one.connectErrors + other.connectErrors,
    brokeOff: one.brokeOff + other.brokeOff,
    underWay: one.underWay + other.underWay,
    latency: one.latency.map((count, bucket) => count + (other.latency[bucket] ?? 0)),
  };
}

function substitutesOf(all: readonly SubstituteAnswers[]): SubstituteAnswers[] {
  const sums = new Map<string, SubstituteAnswers>();
  for (const one of all) {
    const key = JSON.stringify([one.environment, one.instance, one.rule]);
    const { times = 0, lastAt = 0 } = sums.get(key) ?? {};
    sums.set(key, { ...one, times: times + one.times, lastAt: Math.max(lastAt, one.lastAt) });
  }
  return [...sums.values()];
}
