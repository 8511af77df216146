import { expect, test } from "vitest";
import { unreachable } from "../../src/errors/unreachable.ts";
import { begin, next } from "../../src/rollout/machine.ts";
import type { RolloutEvent } from "../../src/rollout/rollout-state.ts";

test("a case nobody handled throws and names itself, not what it carries", () => {
  const value = { type: "teleported", secret: "hunter2" } as never;
  expect(() => unreachable(value)).toThrow('This version of Tidegate does not know the type "teleported"');
});

test("promise 21: the rollout machine takes no unknown event for an answer", () => {
  const step = { kind: "stop", members: [] } as const;
  const plan = { before: [], after: [], steps: [step] } as unknown as Parameters<typeof begin>[0];
  const event = { type: "heldUntil", at: 5 } as unknown as RolloutEvent;
  expect(() => next(begin(plan, 0).state, event, 1)).toThrow("heldUntil");
});
