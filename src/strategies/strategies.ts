import { blueGreenStrategy } from "./blue-green/blue-green.ts";
import { canaryStrategy } from "./canary/canary.ts";
import { recreateStrategy } from "./recreate/recreate.ts";
import { rollingStrategy } from "./rolling/rolling.ts";
import type { Step } from "./step.ts";
import type { Comparing, OptionKind, Strategy, StrategyInput, StrategyWords } from "./strategy.ts";
import { switchStrategy } from "./switch/switch.ts";

/**
 * The strategies there are. Another one is a folder beside these and a line here; what a `tidegate.config.ts` chooses it
 * with (its builder) also gets a line in `builders.ts`.
 */
export const strategies = {
  rolling: rollingStrategy,
  recreate: recreateStrategy,
  blueGreen: blueGreenStrategy,
  canary: canaryStrategy,
  switch: switchStrategy,
} as const;

type Table = typeof strategies;

/** What a definition says of the strategy. */
export type StrategyChoice = Parameters<Table[keyof Table]["specOf"]>[0];

/** What a deployment's spec says of the strategy. */
export type StrategySpec = Parameters<Table[keyof Table]["steps"]>[1];

/** Any of them; which spec and which choice belong to which is held by the table. */
type AnyStrategy = Strategy<{ readonly strategy: string }, unknown>;

function strategyNamed(name: string): AnyStrategy | undefined {
  return Object.hasOwn(strategies, name) ? (strategies[name as keyof Table] as unknown as AnyStrategy) : undefined;
}

/** Names and strategies, in the order of the table. */
export function allStrategies(): readonly (readonly [name: StrategySpec["strategy"], strategy: AnyStrategy])[] {
  return Object.entries(strategies) as unknown as [StrategySpec["strategy"], AnyStrategy][];
}

export function strategySpecOf(choice: StrategyChoice): StrategySpec {
  return strategies[choice.strategy].specOf(choice as never);
}

export function strategySteps(spec: StrategySpec, input: StrategyInput): Step[] {
  return strategies[spec.strategy].steps(input, spec as never);
}

/** How the release is compared with what serves beside it; `undefined` where no two serve side by side for long. */
export function comparingOf(spec: StrategySpec): Comparing | undefined {
  return strategyNamed(spec.strategy)?.comparing?.(spec);
}

/** What kind of value an option of a strategy takes; `undefined`: it has no such option. */
export function optionKind(name: string, option: string): OptionKind | undefined {
  return (strategyNamed(name)?.options as Readonly<Record<string, OptionKind>> | undefined)?.[option];
}

export function strategyWords(name: string): StrategyWords {
  return strategyNamed(name)?.words ?? {};
}
