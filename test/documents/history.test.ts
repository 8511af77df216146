import { describe, expect, test } from "vitest";
import { defineProject, local, rolling, task } from "../../src/definition/builders.ts";
import type { Facts } from "../../src/documents/facts/facts.ts";
import { continueHistory } from "../../src/documents/measure/history.ts";
import { factsOf, withEverything } from "./facts.ts";

const environment = { driver: local(), strategy: rolling() };
const project = defineProject({
  name: "small",
  pipeline: { build: task({ run: "make" }), test: task({ run: "make test" }) },
  environments: { staging: environment, production: { ...environment, after: "staging" } },
});
const nothing = () => factsOf(project);
const long = async () => withEverything(await nothing());

/** The same with so many runs and deployments to each environment. */
function withHistory(facts: Facts, runs: number, deployments: number): Facts {
  const { measured } = facts;
  return {
    ...facts,
    measured: {
      ...measured,
      runs: { ...measured.runs!, count: runs },
      tasks: measured.tasks.map((one) => ({ ...one, median: { ...one.median!, value: 9 } })),
      environments: measured.environments.map((one) => ({
        ...one,
        deployments,
        deployMs: { ...one.deployMs!, value: 9 },
      })),
    },
  };
}

describe("the history that is written", () => {
  test("stays where less of it is known, with what was seen there, and that is told", async () => {
    const before = await long();
    const { facts, kept } = continueHistory(before, withHistory(await long(), 2, 1));
    expect(kept).toEqual([
      { of: "runs", written: 9, here: 2 },
      { of: "deployments", written: 12, here: 4 },
    ]);
    expect(facts.measured).toEqual(before.measured);
    expect(facts.gathered).toBe(before.gathered);
    expect(facts.observed.drift).toEqual(before.observed.drift);
  });

  test("stays in a clone where nothing is known, and of an environment whose state is gone", async () => {
    const before = await long();
    expect(continueHistory(before, await nothing()).facts.measured).toEqual(before.measured);
  });

  test("is continued where more is known", async () => {
    const { facts, kept } = continueHistory(await long(), withHistory(await long(), 10, 6));
    expect(kept).toEqual([]);
    expect(facts.measured.tasks[0]?.median?.value).toBe(9);
    expect(facts.measured.environments[0]?.deployMs?.value).toBe(9);
  });

  test("of runs and of deployments go their own ways", async () => {
    const { facts, kept } = continueHistory(await long(), withHistory(await long(), 10, 1));
    expect(kept.map(({ of }) => of)).toEqual(["deployments"]);
    expect(facts.measured.tasks[0]?.median?.value).toBe(9);
    expect(facts.measured.environments[0]?.deployMs?.value).toBe(31_000);
  });

  test("says nothing any more of what the definition does not name", async () => {
    const before = await long();
    const now = await nothing();
    const { tasks, environments } = now.declared;
    const { facts } = continueHistory(before, {
      ...now,
      declared: { ...now.declared, tasks: tasks.slice(1), environments: environments.slice(1) },
    });
    expect(facts.measured.tasks.map(({ name }) => name)).toEqual(["test"]);
    expect(facts.measured.environments.map(({ name }) => name)).toEqual(["production"]);
    expect(facts.observed.environments).toEqual([]);
  });
});
