import type { Strategy } from "../strategy.ts";
import type { Amount, RollingStrategy } from "./builder.ts";
import { rollingSteps } from "./steps.ts";

/** `batch` alone: what there was before there were the other two, and still is where neither is chosen. */
export interface RollingSpec {
  readonly strategy: "rolling";
  readonly batch?: number;
  readonly surge?: Amount;
  readonly unavailable?: Amount;
}

export const rollingStrategy: Strategy<RollingSpec, RollingStrategy> = {
  isChoice: true,
  options: { surge: "amount", unavailable: "amount", batch: "atLeastOneIfAny" },
  specOf: ({ batch, surge, unavailable }) =>
    surge === undefined && unavailable === undefined
      ? { strategy: "rolling", batch: batch ?? 1 }
      : { strategy: "rolling", surge: surge ?? batch ?? 1, unavailable: unavailable ?? 0 },
  contradiction({ batch, surge, unavailable }) {
    if (batch !== undefined && surge !== undefined)
      return { option: "batch", expected: "left out beside `surge`, which says the same" };
    // A `batch` of none is wrong by itself.
    const [more, fewer] = [surge ?? 1, unavailable ?? 0].map((amount) => Number.parseFloat(String(amount)));
    return more === 0 && fewer === 0
      ? { option: "surge", expected: "1 or more where none may be `unavailable`: nothing could be replaced" }
      : undefined;
  },
  steps: (input, { batch, surge, unavailable }) => rollingSteps(input, surge ?? batch ?? 1, unavailable ?? 0),
  words: {},
};
