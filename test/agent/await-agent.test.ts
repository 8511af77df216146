import { expect, test } from "vitest";
import { awaitAgent, type Ended } from "../../src/agent/client/await-agent.ts";

test("an agent that gave way to one that was about to leave is launched again", async () => {
  const launched: Ended[] = [];
  const answer = await awaitAgent({
    ask: async () => (launched.length < 3 ? undefined : "the third"),
    launch: () => {
      launched.push({ said: "", how: "done" });
      return launched.at(-1)!;
    },
    limitMs: 10_000,
  });
  expect(answer).toEqual({ running: "the third" });
  expect(launched).toHaveLength(3);
});

test("one that fails is not launched again: its reason counts", async () => {
  let launches = 0;
  const launch = () => {
    launches += 1;
    return { said: "why", how: "It ended with exit code 1." };
  };
  const answer = await awaitAgent({ ask: async () => undefined, launch, limitMs: 10_000 });
  expect(answer).toEqual({ ended: { said: "why", how: "It ended with exit code 1." } });
  expect(launches).toBe(1);
});

test("one that says nothing is waited for as long as was asked, and launched once", async () => {
  let launches = 0;
  const launch = () => {
    launches += 1;
    return { said: "" };
  };
  const answer = await awaitAgent({ ask: async () => undefined, launch, limitMs: 50 });
  expect(answer).toEqual({ ended: { said: "", how: "It did not answer in 0.05 s." } });
  expect(launches).toBe(1);
});
