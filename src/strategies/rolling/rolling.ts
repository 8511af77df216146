import type { Strategy } from "../strategy.ts";
import type { RollingStrategy } from "./builder.ts";
import { rollingSteps } from "./steps.ts";

export interface RollingSpec {
  readonly strategy: "rolling";
  readonly batch: number;
}

export const rollingStrategy: Strategy<RollingSpec, RollingStrategy> = {
  isChoice: true,
  options: { batch: "atLeastOne" },
  specOf: ({ batch }) => ({ strategy: "rolling", batch: batch ?? 1 }),
  steps: (input, { batch }) => rollingSteps(input, batch),
  words: {},
};
