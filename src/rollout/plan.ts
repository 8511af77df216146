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
  /** How the release is compared with what serves, where it observes for that. Absent: it is not. */
  readonly comparing?: Comparing;
}

/** What the deployment of a spec does where `before` runs. Pure: the same plan for the same input. */
export function planRollout(spec: DeploymentSpec, deployment: number, before: Fleet): RolloutPlan {
  const input: StrategyInput = {
    before,
    tiers: tiersOfSpec(spec, deployment),
    checksAgainst: (started) => checksAgainst(spec, started),
  };
  const steps = withoutEmpty(strategySteps(spec.strategy, input));
  const comparing = comparingOf(spec.strategy);
  const isCompared =
    comparing !== undefined && steps.some((step) => step.kind === "observe" && step.until.onNoEvidence);
  const after = fleetOfMembers(membersOf(spec, deployment));
  return { deployment, release: spec.release, before, after, steps, ...(isCompared && { comparing }) };
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

/** Each gate's check against the first instance of each service that takes requests from outside. */
function checksAgainst(spec: DeploymentSpec, started: readonly Member[]): Step[] {
  const asked = started.filter(
    (member, index) =>
      member.requests === undefined && started.findIndex(({ service }) => service === member.service) === index,
  );
  return asked.flatMap((against) => spec.checks.map(({ name }): Step => ({ kind: "check", name, against })));
}
