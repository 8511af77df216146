import type { DeploymentSpec } from "../../../src/environment/spec.ts";
import { planRollout, type RolloutPlan } from "../../../src/rollout/plan.ts";
import type { Amount } from "../../../src/strategies/builders.ts";
import { emptyFleet, type Fleet } from "../../../src/strategies/fleet.ts";
import type { Step } from "../../../src/strategies/step.ts";
import { fleetOf, type Shape, specOf } from "../fixtures.ts";
import { Dice } from "./random.ts";

/** How an agent's life ends in the middle of a write. A zombie goes on, though another agent has its lease. */
export type Fate = "before" | "after" | "zombie";

/** Everything that a seed decides before anything happens. */
export interface Scenario {
  readonly dice: Dice;
  readonly specs: ReadonlyMap<number, DeploymentSpec>;
  readonly before: Fleet;
  readonly plan: RolloutPlan;
  /** Whether somebody must serve at every moment. */
  readonly keepsServing: boolean;
  /** Instances of the new release are never healthy. */
  readonly isSick: boolean;
  /** How likely it is that a call, an instance or a person does what is not hoped for. */
  readonly callFails: number;
  readonly crashes: number;
  readonly impatience: number;
  /** How likely it is that a call takes long, that its answer is lost though it was done, and that it is done twice. */
  readonly slow: number;
  readonly lost: number;
  readonly twice: number;
  /** How likely it is, at a moment at which anything happens, that somebody sets the clock, or the gateway is restarted. */
  readonly setsClock: number;
  readonly restartsGateway: number;
  /** Public requests in a second, and what part of them the new release fails. */
  readonly traffic: { readonly perSecond: number; readonly failing: number };
  /** The writes at which an agent dies, counted over all agents. */
  readonly deaths: ReadonlyMap<number, Fate>;
}

const topologies: readonly ((dice: Dice) => Pick<Shape, "services" | "needs" | "routes">)[] = [
  (dice) => ({ services: { web: dice.pick(1, 2, 3) } }),
  (dice) => ({ services: { api: dice.pick(1, 2), web: dice.pick(1, 2) } }),
  (dice) => ({
    services: { api: dice.pick(1, 2), web: dice.pick(1, 2, 3) },
    needs: { web: ["api"] },
    routes: { api: "internal" },
  }),
  (dice) => ({
    services: { api: dice.pick(1, 2), mail: 1, web: dice.pick(1, 2) },
    needs: { web: ["api"], mail: ["api"] },
    routes: { mail: false },
  }),
];

/** `deaths`: in place of those that the seed chooses. */
export function scenarioOf(seed: number, deaths?: ReadonlyMap<number, Fate>): Scenario {
  const dice = new Dice(seed);
  const strategy = dice.pick(
    { strategy: "rolling", batch: dice.pick(1, 2) } as const,
    { strategy: "rolling", batch: 1 } as const,
    {
      strategy: "rolling",
      surge: dice.pick<Amount>(0, 1, "50%"),
      unavailable: dice.pick<Amount>(1, 2, "50%"),
    } as const,
    { strategy: "recreate" } as const,
    { strategy: "switch" } as const,
    { strategy: "blueGreen", keep: dice.pick(500, 12_000, 70_000) } as const,
    {
      ...({ strategy: "canary", steps: dice.pick([50], [5, 25, 50]), hold: dice.pick(500, 70_000) } as const),
      ...({ onNoEvidence: dice.pick("promote", "revert", "hold"), bake: 3_000 } as const),
      analysis: { alpha: 0.01, tolerance: 1, guarded: false },
    } as const,
  );
  const topology = topologies[dice.below(topologies.length)] as (typeof topologies)[number];
  const shape = (release: string): Shape => ({
    release,
    strategy,
    ...topology(dice),
    migrate: dice.chance(0.3),
    checks: dice.pick([], ["smoke"]),
  });
  const old = shape("aaa");
  const shaped = specOf(shape("bbb"));
  // Not by the dice: what a seed means otherwise stays as it is.
  const rehearsed = seed % 5 === 3 ? { ...shaped, rehearses: "production" } : shaped;
  const irreversible = { because: "the column held nothing", services: [] };
  const fresh = seed % 7 === 5 ? { ...rehearsed, irreversible } : rehearsed;
  const before = dice.chance(0.15) ? emptyFleet : fleetOf(old, 1);
  const planned = planRollout(fresh, 2, before);
  const plan = { ...planned, steps: dice.chance(0.3) ? withWaiting(planned.steps, dice) : planned.steps };
  return {
    dice,
    specs: new Map([
      [1, specOf(old)],
      [2, fresh],
    ]),
    before,
    plan,
    keepsServing: strategy.strategy !== "recreate" && before.members.length > 0,
    isSick: dice.chance(0.15),
    callFails: dice.pick(0, 0, 0.02, 0.1),
    crashes: dice.pick(0, 0, 0.05, 0.2),
    impatience: dice.pick(0, 0, 0.8),
    slow: dice.pick(0, 0, 0.1),
    lost: dice.pick(0, 0, 0, 0.02),
    twice: dice.pick(0, 0, 0.2),
    setsClock: dice.pick(0, 0, 0, 0.02),
    restartsGateway: dice.pick(0, 0, 0.002),
    traffic: { perSecond: dice.pick(0, 2, 20, 100), failing: dice.pick(0, 0, 0.03, 0.3) },
    deaths: deaths ?? deathsOf(dice),
  };
}

/** Behind routes, as a strategy would put them that looks before it goes on. */
function withWaiting(steps: readonly Step[], dice: Dice): Step[] {
  return steps.flatMap((step): Step[] => {
    if (step.kind !== "route" || dice.chance(0.4)) return [step];
    const spentMs = dice.pick(500, 3_000, 12_000, 70_000);
    return [
      step,
      dice.pick<Step>({ kind: "observe", until: { spentMs } }, { kind: "hold" }, { kind: "gate", name: "go" }),
    ];
  });
}

function deathsOf(dice: Dice): ReadonlyMap<number, Fate> {
  const count = dice.pick(0, 0, 1, 2, 4);
  return new Map(
    Array.from({ length: count }, () => [
      1 + dice.below(dice.pick(40, 120)),
      dice.pick<Fate>("before", "after", "zombie"),
    ]),
  );
}
