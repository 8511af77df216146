import { type DeploymentSpec, type Member, membersOf } from "../environment/spec.ts";
import type { Step } from "./step.ts";
import { withoutEmpty } from "./step.ts";
import { recreate } from "./strategies/recreate.ts";
import { rolling } from "./strategies/rolling.ts";
import { switchOver } from "./strategies/switch-over.ts";

/** What a deployment is going to do: a value that can be shown, compared and refused before anything happens. */
export interface RolloutPlan {
  readonly deployment: number;
  readonly release: string;
  /** What ran before, in the order of its routes. */
  readonly before: readonly Member[];
  /** What should run afterwards. */
  readonly after: readonly Member[];
  readonly steps: readonly Step[];
}

/** What a strategy has to work with. */
export interface StrategyInput {
  readonly before: readonly Member[];
  readonly after: readonly Member[];
  /** Migrations of the new release, in the order of its services. */
  readonly migrations: readonly Step[];
  /** The gates' checks against a new instance; [] when no new instance takes requests. */
  checksAgainst(started: readonly Member[]): Step[];
}

export function planRollout(spec: DeploymentSpec, deployment: number, before: readonly Member[]): RolloutPlan {
  const after = membersOf(spec, deployment);
  const checked = spec.services.find((service) => service.route !== false)?.name;
  const input: StrategyInput = {
    before,
    after,
    migrations: spec.services
      .filter((service) => service.migrate !== undefined)
      .map((service) => ({ kind: "migrate", service: service.name, deployment })),
    checksAgainst(started) {
      const against = started.find((member) => member.service === checked);
      return against === undefined ? [] : spec.checks.map(({ name }) => ({ kind: "check", name, against }));
    },
  };
  return { deployment, release: spec.release, before, after, steps: withoutEmpty(stepsOf(spec, input)) };
}

function stepsOf(spec: DeploymentSpec, input: StrategyInput): Step[] {
  switch (spec.strategy.strategy) {
    case "rolling":
      return rolling(input, spec.strategy.batch);
    case "recreate":
      return recreate(input);
    case "switch":
      return switchOver(input);
    default:
      return spec.strategy satisfies never;
  }
}
