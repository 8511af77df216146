import { describe, expect, it } from "vitest";
import { task } from "../../src/definition/builders.ts";
import type { Task } from "../../src/definition/types.ts";
import { buildGraph } from "../../src/pipeline/graph.ts";
import { Schedule } from "../../src/pipeline/schedule.ts";

/** `{ c: "a b" }`: c needs a and b. */
function schedule(needs: Record<string, string>, concurrency: number): Schedule {
  const pipeline: Record<string, Task> = {};
  for (const [name, list] of Object.entries(needs))
    pipeline[name] = task({ run: "true", needs: list.split(" ").flatMap((need) => pipeline[need] ?? []) });
  return new Schedule(buildGraph(pipeline).graph, concurrency);
}

function startAll(plan: Schedule): string[] {
  const started: string[] = [];
  for (let name = plan.start(); name !== undefined; name = plan.start()) started.push(name);
  return started;
}

describe("the schedule", () => {
  it("starts what is ready, as many at a time as it may", () => {
    const plan = schedule({ a: "", b: "", c: "", d: "a" }, 2);
    expect(startAll(plan)).toEqual(["a", "b"]);
    plan.finish("a", true);
    expect(startAll(plan)).toEqual(["c"]);
    plan.finish("b", true);
    expect(startAll(plan)).toEqual(["d"]);
    plan.finish("c", true);
    expect(plan.isDone).toBe(false);
    plan.finish("d", true);
    expect(plan.isDone).toBe(true);
  });

  it("starts a task only when everything it needs has succeeded", () => {
    const plan = schedule({ a: "", b: "", c: "a b" }, 8);
    startAll(plan);
    plan.finish("a", true);
    expect(startAll(plan)).toEqual([]);
    plan.finish("b", true);
    expect(startAll(plan)).toEqual(["c"]);
  });

  it("skips everything behind a failure once, names the failure, and goes on with the rest", () => {
    const plan = schedule({ a: "", b: "", near: "a", far: "near", both: "near b", other: "b" }, 1);
    expect(startAll(plan)).toEqual(["a"]);
    const skipped = plan.finish("a", false);
    expect(skipped.map(({ task: name, need }) => `${name} ${need}`).sort()).toEqual(["both a", "far a", "near a"]);
    expect(startAll(plan)).toEqual(["b"]);
    expect(plan.finish("b", true)).toEqual([]);
    expect(startAll(plan)).toEqual(["other"]);
    plan.finish("other", true);
    expect(plan.isDone).toBe(true);
  });

  it("starts nothing after a cancel, and is done when what runs has ended", () => {
    const plan = schedule({ a: "", b: "", c: "a" }, 1);
    expect(startAll(plan)).toEqual(["a"]);
    expect(plan.cancel()).toEqual([{ task: "b" }, { task: "c" }]);
    expect(startAll(plan)).toEqual([]);
    expect(plan.isDone).toBe(false);
    plan.finish("a", true);
    expect(startAll(plan)).toEqual([]);
    expect(plan.isDone).toBe(true);
    expect(plan.cancel()).toEqual([]);
  });

  it("is done at once when there is nothing to do", () => {
    expect(schedule({}, 4).isDone).toBe(true);
  });

  it("gets through thousands of tasks in a row", () => {
    const needs: Record<string, string> = {};
    for (let number = 0; number < 2000; number++) needs[`t${number}`] = number === 0 ? "" : `t${number - 1}`;
    const plan = schedule(needs, 4);
    for (let name = plan.start(); name !== undefined; name = plan.start()) plan.finish(name, true);
    expect(plan.isDone).toBe(true);
  });
});
