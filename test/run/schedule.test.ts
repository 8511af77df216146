import { describe, expect, it } from "vitest";
import { concurrencyGroup, task } from "../../src/definition/builders.ts";
import type { Task } from "../../src/definition/types.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { Schedule } from "../../src/run/execute/schedule.ts";

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
    expect(skipped.map((each) => `${each.task} ${"need" in each ? each.need : ""}`).sort()).toEqual([
      "both a",
      "far a",
      "near a",
    ]);
    expect(startAll(plan)).toEqual(["b"]);
    expect(plan.finish("b", true)).toEqual([]);
    expect(startAll(plan)).toEqual(["other"]);
    plan.finish("other", true);
    expect(plan.isDone).toBe(true);
  });

  it("starts nothing after a cancel, and is done when what runs has ended", () => {
    const plan = schedule({ a: "", b: "", c: "a" }, 1);
    expect(startAll(plan)).toEqual(["a"]);
    expect(plan.cancel()).toEqual([
      { task: "b", cause: "cancelled" },
      { task: "c", cause: "cancelled" },
    ]);
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

describe("concurrency groups", () => {
  const grouped = (names: readonly string[], concurrency: Task["concurrency"], limit: number) => {
    const pipeline = Object.fromEntries(
      names.map((name) => [name, task({ run: "true", ...(concurrency && { concurrency }) })]),
    );
    return new Schedule(buildGraph(pipeline).graph, limit);
  };

  it("let in as many as they may, and wake who waits longest", () => {
    const plan = grouped(["a", "b", "c", "d"], concurrencyGroup("db", 1), 4);
    expect(startAll(plan)).toEqual(["a", "b", "c", "d"]);
    expect(["a", "b", "c", "d"].map((name) => plan.enter(name)?.name)).toEqual([undefined, "db", "db", "db"]);
    expect(startAll(plan)).toEqual([]);
    plan.finish("a", true);
    expect(startAll(plan)).toEqual(["b"]);
    expect(plan.enter("b")).toBeUndefined();
    plan.finish("b", false);
    expect(startAll(plan)).toEqual(["c"]);
    // It came from the cache and never entered: the next one is woken all the same.
    plan.finish("c", true);
    expect(startAll(plan)).toEqual(["d"]);
    plan.finish("d", true);
    expect(plan.isDone).toBe(true);
  });

  it("keep no place that belongs to nobody when a task waits for another group", () => {
    const [x, y] = [concurrencyGroup("x"), concurrencyGroup("y")];
    const pipeline = {
      a: task({ run: "true", concurrency: x }),
      b: task({ run: "true", concurrency: y }),
      both: task({ run: "true", concurrency: [x, y] }),
      c: task({ run: "true", concurrency: x }),
    };
    const plan = new Schedule(buildGraph(pipeline).graph, 4);
    startAll(plan);
    expect(["a", "b", "both", "c"].map((name) => plan.enter(name)?.name)).toEqual([undefined, undefined, "x", "x"]);
    plan.finish("a", true);
    expect(startAll(plan)).toEqual(["both"]);
    expect(plan.enter("both")?.name).toBe("y");
    expect(startAll(plan)).toEqual(["c"]);
    expect(plan.enter("c")).toBeUndefined();
    plan.finish("c", true);
    plan.finish("b", true);
    expect(startAll(plan)).toEqual(["both"]);
    expect(plan.enter("both")).toBeUndefined();
    plan.finish("both", true);
    expect(plan.isDone).toBe(true);
  });

  it("come to an end when they are cancelled while tasks wait", () => {
    const plan = grouped(["a", "b", "c"], concurrencyGroup("db", 1), 4);
    startAll(plan);
    for (const name of ["a", "b", "c"]) plan.enter(name);
    expect(plan.cancel().map(({ task: name }) => name)).toEqual(["b", "c"]);
    plan.finish("a", false);
    expect(plan.isDone).toBe(true);
  });

  it("get through thousands of tasks", () => {
    const names = Array.from({ length: 5000 }, (_, index) => `t${index}`);
    const plan = grouped(names, concurrencyGroup("db", 2), 8);
    const running: string[] = [];
    for (let name = plan.start(); ; name = plan.start()) {
      if (name !== undefined && plan.enter(name) === undefined) running.push(name);
      else if (name === undefined && running.length === 0) break;
      else if (name === undefined) plan.finish(running.shift()!, true);
    }
    expect(plan.isDone).toBe(true);
  });
});

describe("a task whose condition does not hold", () => {
  it("is left out with all that needs it, and each says what it began with", () => {
    const plan = schedule({ a: "", b: "a", c: "b", d: "" }, 4);
    expect(plan.exclude("a")).toEqual([
      { task: "a", cause: "condition" },
      { task: "b", cause: "needSkipped", need: "a" },
      { task: "c", cause: "needSkipped", need: "a" },
    ]);
    expect(startAll(plan)).toEqual(["d"]);
    plan.finish("d", true);
    expect(plan.isDone).toBe(true);
  });
});

describe("a task that cleans up", () => {
  const cleaning = () => {
    const setup = task({ run: "true" });
    const use = task({ run: "true", needs: [setup] });
    const clean = task({ run: "true", needs: [setup, use], always: true });
    return new Schedule(buildGraph({ setup, use, clean, after: task({ run: "true", needs: [clean] }) }).graph, 2);
  };

  it("starts when all it needs has ended, also badly, and what needs it goes on", () => {
    const plan = cleaning();
    expect(startAll(plan)).toEqual(["setup"]);
    expect(plan.finish("setup", false)).toEqual([{ task: "use", cause: "needFailed", need: "setup" }]);
    expect(startAll(plan)).toEqual(["clean"]);
    plan.finish("clean", true);
    expect(startAll(plan)).toEqual(["after"]);
  });

  it("still starts after a cancel when there is something to clean up", () => {
    const plan = cleaning();
    startAll(plan);
    expect(plan.cancel().map(({ task: name }) => name)).toEqual(["use", "after"]);
    expect(startAll(plan)).toEqual([]);
    plan.finish("setup", false);
    expect(startAll(plan)).toEqual(["clean"]);
    plan.finish("clean", true);
    expect(plan.isDone).toBe(true);
  });

  it("does not start when nothing was: there is nothing to clean up", () => {
    const plan = cleaning();
    expect(plan.cancel()).toContainEqual({ task: "clean", cause: "needSkipped", need: "setup" });
    expect(plan.isDone).toBe(true);
    const excluded = cleaning();
    expect(excluded.exclude("setup")).toContainEqual({ task: "clean", cause: "needSkipped", need: "setup" });
    expect(excluded.isDone).toBe(true);
  });
});
