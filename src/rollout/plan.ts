import { type DeploymentSpec, membersOf } from "../environment/spec.ts";
import { type Fleet, fleetOfMembers, type Member, tiersOf } from "../strategies/fleet.ts";
import { type Step, withoutEmpty } from "../strategies/step.ts";
import { comparingOf, strategySteps } from "../strategies/strategies.ts";
import type { Comparing, StrategyInput, Tier } from "../strategies/strategy.ts";

/** What a deployment is going to do: a value that can be shown, compared and refused before anything happens. */
export interface RolloutPlan {
  readonly deployment: number;
  readonly release: string;
  /** What ran before, and who got the traffic. */
  readonly before: Fleet;
  /** What should run afterwards. */
  readonly after: Fleet;
  readonly steps: readonly Step[];
  /** Why its migration may be one that cannot be taken back: once that has begun, what fails is left as it stands. */
  readonly freezes?: string;
  /** How the release is compared with what serves, where it observes for that. Absent: it is not. */
  readonly comparing?: Comparing;
}

/** What the deployment of a spec does where `before` runs. Pure: the same plan for the same input. */
export function planRollout(spec: DeploymentSpec, deployment: number, before: Fleet): RolloutPlan {
  const input: StrategyInput = {
    before,
    tiers: tiersOfSpec(spec, deployment),
    // A rehearsal proves more, and with the same commands.
    checksAgainst: (started) => (spec.rehearses === undefined ? checksAgainst(spec, started) : []),
  };
  const after = fleetOfMembers(membersOf(spec, deployment));
  const planned = withoutEmpty(strategySteps(spec.strategy, input));
  const steps = spec.rehearses === undefined ? planned : withProofs(planned, before, after);
  const comparing = comparingOf(spec.strategy);
  const isCompared =
    comparing !== undefined && steps.some((step) => step.kind === "observe" && step.until.onNoEvidence);
  return {
    ...{ deployment, release: spec.release, before, after, steps },
    ...(spec.irreversible && { freezes: spec.irreversible.because }),
    ...(isCompared && { comparing }),
  };
}

/**
 * Services in the order of their needs; a service that nobody wants an instance of still migrates in its turn. Nothing does
 * where what serves is replaced by the same.
 */
function tiersOfSpec(spec: DeploymentSpec, deployment: number): Tier[] {
  const members = membersOf(spec, deployment);
  const stand = spec.services.map((service): Member => {
    const { name, needs } = service;
    return { id: name, service: name, release: spec.release, deployment, ...(needs === undefined ? {} : { needs }) };
  });
  return tiersOf(stand).map((services) => ({
    members: services.flatMap(({ service }) => members.filter((member) => member.service === service)),
    migrations: services.flatMap(({ service }): Step[] =>
      spec.kind !== "mend" && spec.services.some(({ name, migrate }) => name === service && migrate !== undefined)
        ? [{ kind: "migrate", service, deployment }]
        : [],
    ),
  }));
}

/**
 * What a rehearsal is for: after each migration, what served before and still does is asked whether it serves on; at the end,
 * what serves then.
 */
function withProofs(steps: readonly Step[], before: Fleet, after: Fleet): Step[] {
  const proven = steps.flatMap((step, index): Step[] => {
    if (step.kind !== "migrate" || steps[index + 1]?.kind === "migrate") return [step];
    const stopped = steps.slice(0, index).flatMap((earlier) => (earlier.kind === "stop" ? earlier.members : []));
    const left = before.members.filter(({ id }) => !stopped.some((one) => one.id === id));
    return [step, { kind: "prove", members: left }];
  });
  return withoutEmpty([...proven, { kind: "prove", members: after.members }]);
}

/** Each gate's check against the first instance of each service that takes requests from outside. */
function checksAgainst(spec: DeploymentSpec, started: readonly Member[]): Step[] {
  const asked = started.filter(
    (member, index) =>
      member.requests === undefined && started.findIndex(({ service }) => service === member.service) === index,
  );
  return asked.flatMap((against) => spec.checks.map(({ name }): Step => ({ kind: "check", name, against })));
}
