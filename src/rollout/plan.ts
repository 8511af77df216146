import { type DeploymentSpec, type Member, membersOf } from "../environment/spec.ts";
import { unreachable } from "../errors/unreachable.ts";
import { isPublic } from "../records/service.ts";
import { type Step, withoutEmpty } from "./step.ts";
import { recreate } from "./strategies/recreate.ts";
import { rolling } from "./strategies/rolling.ts";
import type { StrategyInput } from "./strategies/strategy-input.ts";
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

/** What the deployment of a spec does where `before` runs. Pure: the same plan for the same input. */
export function planRollout(spec: DeploymentSpec, deployment: number, before: readonly Member[]): RolloutPlan {
  const after = membersOf(spec, deployment);
  const checked = spec.services.find(isPublic)?.name;
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
      return unreachable(spec.strategy);
  }
}
