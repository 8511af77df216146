import { describe, expect, it } from "vitest";
import { task } from "../../src/definition/builders.ts";
import type { Task } from "../../src/definition/types.ts";
import { buildGraph, upstreamOf } from "../../src/graph/graph.ts";
import { findConflicts } from "../../src/graph/outputs/output-conflicts.ts";
import { select } from "../../src/graph/selection/selection.ts";

function problemsOf(pipeline: Record<string, Task>) {
  const { graph, problems } = buildGraph(pipeline);
  return [...problems, ...findConflicts(graph)].map(({ code, path, message }) => ({
    code,
    path: path.join("."),
    message,
  }));
}

function codesOf(pipeline: Record<string, Task>) {
  return problemsOf(pipeline).map(({ code, path }) => `${code} ${path}`);
}

const run = "true";

describe("the graph", () => {
  it("puts each task after what it needs, and otherwise keeps the definition's order", () => {
    const install = task({ run });
    const build = task({ run, needs: [install] });
    const lint = task({ run });
    const { graph, problems } = buildGraph({ build, lint, install });
    expect(problems).toEqual([]);
    expect([...graph.keys()]).toEqual(["lint", "install", "build"]);
    expect(graph.get("build")!.needs).toEqual(["install"]);
  });

  it("names a need that is not in the pipeline, where it stands", () => {
    const lost = task({ run: "lost command" });
    const build = task({ run });
    expect(problemsOf({ build, test: task({ run, needs: [build, lost] }) })).toEqual([
      {
        code: "unknown-need",
        path: "pipeline.test.needs.1",
        message: '"test" needs a task that is not in the pipeline (lost command)',
      },
    ]);
  });

  it("names a circle whole, and each circle once", () => {
    const tasks: Record<string, { -readonly [K in keyof Task]: Task[K] }> = {};
    for (const name of ["a", "b", "c", "x", "y", "behind"]) tasks[name] = { kind: "task", run };
    const { a, b, c, x, y, behind } = tasks as Record<string, Task & { needs: Task[] }>;
    Object.assign(a!, { needs: [b] });
    Object.assign(b!, { needs: [c] });
    Object.assign(c!, { needs: [a] });
    Object.assign(x!, { needs: [y] });
    Object.assign(y!, { needs: [x] });
    Object.assign(behind!, { needs: [a] });
    expect(problemsOf(tasks)).toEqual([
      {
        code: "dependency-cycle",
        path: "pipeline.a.needs.0",
        message: "Tasks need each other in a cycle: a → b → c → a",
      },
      { code: "dependency-cycle", path: "pipeline.x.needs.0", message: "Tasks need each other in a cycle: x → y → x" },
    ]);
  });

  it("finds a task that needs itself", () => {
    const self = { kind: "task", run } as Task & { needs: Task[] };
    Object.assign(self, { needs: [self] });
    expect(problemsOf({ self })[0]!.message).toBe("Tasks need each other in a cycle: self → self");
  });

  it.each(["", "-a", "a/b", "..", "a b", "é", "a".repeat(101)])("refuses %j as a name", (name) => {
    expect(codesOf({ [name]: task({ run }) })).toEqual([`invalid-definition pipeline.${name}`]);
  });

  it("refuses one task under two names", () => {
    const twin = task({ run });
    expect(codesOf({ one: twin, two: twin })).toEqual(["invalid-definition pipeline.two"]);
  });

  it.each([
    [["dist/"], ["dist/"]],
    [["dist"], ["dist/"]],
    [["dist/"], ["./dist/**"]],
    [["dist/"], ["dist/types/"]],
    [["dist/types/"], ["dist/"]],
    [["dist/"], ["dist/*.js"]],
    [["logs/*.txt"], ["logs/a.txt"]],
    [["logs/*.txt"], ["logs/*.txt"]],
    [["*.txt"], ["a.txt"]],
  ])("refuses that one task writes %j and another one %j", (first, second) => {
    const codes = codesOf({ a: task({ run, outputs: first }), b: task({ run, outputs: second }) });
    expect(codes).toHaveLength(1);
    expect(codes[0]).toMatch(/^output-conflict pipeline\.[ab]\.outputs\.0$/);
  });

  it.each([
    [["dist/"], ["dist-types/"]],
    [["dist/a/"], ["dist/b/"]],
    [["logs/*.txt"], ["logs/*.json"]],
    [["logs/*.txt"], ["logs/a.json"]],
  ])("lets one task write %j and another one %j", (first, second) => {
    expect(codesOf({ a: task({ run, outputs: first }), b: task({ run, outputs: second }) })).toEqual([]);
  });

  it("counts a report as an output", () => {
    const pipeline = { a: task({ run, outputs: ["out/"] }), b: task({ run, reports: { junit: "out/junit.xml" } }) };
    expect(codesOf(pipeline)).toEqual(["output-conflict pipeline.b.reports.junit"]);
  });

  it.each(["../dist/", "/dist", "a/../../b"])("refuses the output %j, which is outside", (output) => {
    expect(codesOf({ a: task({ run, outputs: [output] }) })).toEqual(["path-outside-project pipeline.a.outputs.0"]);
  });

  it.each(["./", ".", "**", "**/*.js", "!dist/", "", ".git/", ".tidegate/x"])("refuses to own %j", (output) => {
    expect(codesOf({ a: task({ run, outputs: [output] }) })).toEqual(["invalid-definition pipeline.a.outputs.0"]);
  });

  it("refuses that a task reads what it writes", () => {
    expect(codesOf({ a: task({ run, inputs: ["src/**"], outputs: ["src/"] }) })).toEqual([
      "output-conflict pipeline.a.inputs.0",
    ]);
  });

  it("refuses that a task reads what another one writes without needing it", () => {
    const build = task({ run, outputs: ["dist/"] });
    const between = task({ run, needs: [build] });
    const pipeline = {
      build,
      between,
      near: task({ run, inputs: ["dist/*.js"], needs: [build] }),
      far: task({ run, inputs: ["dist/a.js"], needs: [between] }),
      never: task({ run, inputs: ["package.json", "dist/a.js"] }),
    };
    expect(codesOf(pipeline)).toEqual(["unknown-need pipeline.never.inputs.1"]);
  });

  it("holds thousands of tasks, deep and wide", () => {
    const pipeline: Record<string, Task> = {};
    for (let number = 0; number < 2000; number++) {
      const needs = [number - 1, number >> 1]
        .map((other) => pipeline[`t${other}`])
        .filter((need) => need !== undefined);
      pipeline[`t${number}`] = task({
        run,
        needs: [...new Set(needs)],
        outputs: [`out/${number}/`],
        inputs: ["src/**"],
      });
    }
    const { graph, problems } = buildGraph(pipeline);
    expect([...problems, ...findConflicts(graph)]).toEqual([]);
    expect(graph.size).toBe(2000);
    expect(upstreamOf(graph, "t1999").size).toBe(1999);
  });
});

describe("a selection", () => {
  const install = task({ run });
  const build = task({ run, needs: [install] });
  const test = task({ run, needs: [build] });
  const lint = task({ run });
  const { graph } = buildGraph({ install, build, test, lint });

  it.each([
    [["build"], ["install", "build"]],
    [["test"], ["install", "build", "test"]],
    [
      ["lint", "build"],
      ["install", "lint", "build"],
    ],
    [[], ["install", "lint", "build", "test"]],
  ])("of %j runs %j", (names, expected) => {
    const selected = select(graph, [], { names });
    expect(selected.ok && [...selected.value.tasks.keys()].sort()).toEqual([...expected].sort());
  });

  it("tells every name that is not a task", () => {
    const selected = select(graph, [], { names: ["biuld", "test", "toString"] });
    expect(selected.ok ? [] : selected.failures.map(({ code, message }) => [code, message])).toEqual([
      ["unknown-task", 'The pipeline has no task "biuld"'],
      ["unknown-task", 'The pipeline has no task "toString"'],
    ]);
  });
});
