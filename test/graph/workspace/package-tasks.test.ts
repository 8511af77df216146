import { describe, expect, it } from "vitest";
import { matrix, task, workspace } from "../../../src/definition/builders.ts";
import { buildGraph } from "../../../src/graph/graph.ts";
import { graphOf, needsOf, packagesOf } from "./rig.ts";

const inputs = ["src/**"];

describe("tasks of packages", () => {
  it("stand in each package that has the script, and nowhere else", () => {
    const packages = packagesOf({ web: "ui", ui: "", docs: "" }, { docs: "test" });
    expect(needsOf(graphOf(packages, { build: {}, test: { needs: ["build"] } }))).toEqual({
      "web#build": "",
      "ui#build": "",
      "docs#test": "",
      "web#test": "web#build",
      "ui#test": "ui#build",
    });
  });

  it("need the same task in the packages that theirs depends on", () => {
    const packages = packagesOf({ web: "ui lib", ui: "lib", lib: "" });
    expect(needsOf(graphOf(packages, { build: { needs: ["^build"] } }))).toEqual({
      "lib#build": "",
      "ui#build": "lib#build",
      "web#build": "ui#build lib#build",
    });
  });

  it("need another task in those packages, as code generators do", () => {
    const packages = packagesOf({ web: "lib", lib: "" }, {}, "build codegen");
    expect(needsOf(graphOf(packages, { build: { needs: ["codegen"] }, codegen: { needs: ["^build"] } }))).toEqual({
      "lib#codegen": "",
      "lib#build": "lib#codegen",
      "web#codegen": "lib#build",
      "web#build": "web#codegen",
    });
  });

  it("reach through packages that lack the task, and read what those contain", () => {
    const packages = packagesOf({ web: "ui", ui: "lib", lib: "" }, { ui: "test" });
    const built = graphOf(packages, { build: { needs: ["^build"], inputs } });
    expect(needsOf(built)).toMatchObject({ "web#build": "lib#build" });
    const claims = built.graph.get("web#build")!.patterns.inputs!.map(({ pattern }) => pattern.text);
    expect(claims).toEqual([
      "packages/web/src/**",
      "packages/web/package.json",
      "packages/ui/src/**",
      "packages/ui/package.json",
    ]);
  });

  it("read the whole of a package in between when nobody says what it consists of", () => {
    const packages = packagesOf({ web: "ui", ui: "" }, { ui: "", web: "test" });
    const built = graphOf([...packages, ...packagesOf({ other: "" })], {
      build: {},
      test: { needs: ["^build"], inputs },
    });
    const claims = built.graph.get("web#test")!.patterns.inputs!.map(({ pattern }) => pattern.text);
    expect(claims).toContain("packages/ui/./");
  });

  it("are needed by tasks of the pipeline in all packages, and need them", () => {
    const packages = packagesOf({ web: "", ui: "" });
    const install = task({ run: "x" });
    const node = matrix({ node: [22, 24] }, () => task({ run: "x" }));
    const tasks = workspace({ build: { needs: [install] } });
    const report = task({ run: "x", needs: [tasks.build, node] });
    const built = buildGraph({ install, node, report }, { tasks, workspace: { packages } });
    expect(built.problems).toEqual([]);
    expect(needsOf(built)).toMatchObject({
      "web#build": "install",
      report: "web#build ui#build node[node=22] node[node=24]",
    });
  });

  it("stand only in the packages they name", () => {
    const packages = packagesOf({ "@acme/web": "", "@acme/ui": "", docs: "" });
    const names = (only: string[]) => [
      ...graphOf(packages, { lint: { run: "eslint .", packages: only } }).graph.keys(),
    ];
    expect(names(["@acme/*"])).toEqual(["@acme/web#lint", "@acme/ui#lint"]);
    expect(names(["web", "./packages/docs"])).toEqual(["@acme/web#lint", "docs#lint"]);
    expect(names(["!docs"])).toEqual(["@acme/web#lint", "@acme/ui#lint"]);
    expect(graphOf(packages, { lint: { run: "x", packages: ["wbe"] } }).problems.map(({ message }) => message)).toEqual(
      ["The workspace has no package wbe", 'No package has the task "lint"'],
    );
  });

  it("have what an override says for its package", () => {
    const packages = packagesOf({ web: "", ui: "" }, { web: "bundle" });
    const overrides = { web: { script: "bundle", outputs: [".next/"] } };
    const { graph, problems } = graphOf(packages, { build: { outputs: ["dist/"], overrides } });
    expect(problems).toEqual([]);
    expect(graph.get("web#build")!.task.run).toBe("run bundle");
    const shown = (name: string) =>
      graph.get(name)!.patterns.outputs.map(({ pattern, demand }) => `${pattern.text} ${demand}`);
    expect(shown("web#build")).toEqual(["packages/web/.next/ undefined"]);
    expect(shown("ui#build")).toEqual(["packages/ui/dist/ some"]);
    expect(graphOf(packages, { build: { overrides: { wbe: {} } } }).problems[0]).toMatchObject({
      code: "unknown-package",
      path: ["packages", "build", "overrides", "wbe"],
    });
  });

  it("run pre and post scripts as steps of their own, and have all of them in their command", () => {
    const [web] = packagesOf({ web: "" }, { web: "prebuild build postbuild" });
    const { graph } = graphOf([web!], { build: {} });
    const found = graph.get("web#build")!;
    expect(found.package!.steps.map(({ script }) => script)).toEqual(["prebuild", "build", "postbuild"]);
    expect(found.task.run).toBe("run prebuild && run build && run postbuild");
  });

  it("always read the lockfile and their package.json, and files around them when told so", () => {
    const { graph } = graphOf(
      packagesOf({ web: "" }),
      { build: { inputs, rootInputs: ["tsconfig.json"] } },
      {},
      "pnpm-lock.yaml",
    );
    const claims = graph.get("web#build")!.patterns.inputs!.map(({ pattern, demand }) => `${pattern.text} ${demand}`);
    expect(claims).toEqual([
      "packages/web/src/** some",
      "tsconfig.json undefined",
      "pnpm-lock.yaml none",
      "packages/web/package.json none",
    ]);
  });

  it("can need the task of one package by its name, and so can tasks of the pipeline", () => {
    const packages = packagesOf({ web: "", "@acme/utils": "", codegen: "" });
    const report = task({ run: "x", needs: ["@acme/utils#build"] });
    const cells = matrix({ node: [22] }, () => task({ run: "x", needs: ["web#test"] }));
    const tasks = workspace({ build: { needs: ["codegen#build"] }, test: { needs: ["build", "@acme/utils#build"] } });
    const built = buildGraph({ report, cells }, { tasks, workspace: { packages } });
    expect(built.problems).toEqual([]);
    // What all need of one, that one does not need of itself.
    expect(needsOf(built)).toEqual({
      report: "@acme/utils#build",
      "cells[node=22]": "web#test",
      "codegen#build": "",
      "web#build": "codegen#build",
      "@acme/utils#build": "codegen#build",
      "web#test": "web#build @acme/utils#build",
      "@acme/utils#test": "@acme/utils#build",
      "codegen#test": "codegen#build @acme/utils#build",
    });
  });

  it("have other needs in one package when an override says so", () => {
    const packages = packagesOf({ web: "ui", ui: "", utils: "" });
    const overrides = { web: { needs: ["utils#build"] } } as const;
    const built = graphOf(packages, { build: { needs: ["^build"], overrides } });
    expect(needsOf(built)).toEqual({ "ui#build": "", "utils#build": "", "web#build": "utils#build" });
    const wrong = graphOf(packages, { build: { overrides: { web: { needs: ["utlis#build"] } } } });
    expect(wrong.problems).toEqual([
      {
        code: "unknown-need",
        path: ["packages", "build", "overrides", "web", "needs", 0],
        message: '"build" needs "utlis#build", which does not exist',
        hint: 'Did you mean "utils#build"?',
      },
    ]);
  });

  it.each([
    ["@acme/utlis#build", 'Did you mean "@acme/utils#build"?'],
    ["utils#build", 'Did you mean "@acme/utils#build"?'],
    ["utils#deploy", "The package is named @acme/utils; it has @acme/utils#build."],
    ["@acme/utils#test", "@acme/utils has @acme/utils#build."],
    ["web#biuld", 'Did you mean "web#build"?'],
    ["somewhere#build", "The packages with tasks are web, @acme/utils."],
  ])("that need %s, which there is not, are told what was meant", (need, hint) => {
    const packages = packagesOf({ web: "", "@acme/utils": "" }, { "@acme/utils": "build" });
    const report = task({ run: "x", needs: [need as "a#b"] });
    const built = buildGraph({ report }, { tasks: workspace({ build: {}, test: {} }), workspace: { packages } });
    const message = `"report" needs "${need}", which does not exist`;
    expect(built.problems).toEqual([{ code: "unknown-need", path: ["pipeline", "report", "needs", 0], message, hint }]);
  });

  it("cannot be named where there are none", () => {
    const { problems } = buildGraph({ report: task({ run: "x", needs: ["web#build"] }) });
    expect(problems.map(({ hint }) => hint)).toEqual(["The definition has no tasks in packages: see `workspace(…)`."]);
  });

  it("in a circle by their names are told which need to take out", () => {
    const overrides = { a: { needs: ["b#build"] }, b: { needs: ["a#build"] } } as const;
    const built = graphOf(packagesOf({ a: "", b: "" }), { build: { overrides } });
    expect(built.problems).toMatchObject([
      {
        code: "dependency-cycle",
        message: "Tasks need each other in a cycle: a#build → b#build → a#build",
        hint: "Remove one of these from `needs`: b#build, a#build.",
      },
    ]);
  });

  it("whose packages depend on each other in a circle are told with the files to mend", () => {
    const built = graphOf(packagesOf({ a: "b", b: "c", c: "a" }), { build: { needs: ["^build"] } });
    expect(built.graph.size).toBe(0);
    expect(built.problems).toEqual([
      {
        code: "dependency-cycle",
        path: ["packages", "build", "needs"],
        message: "Tasks need each other in a cycle: a#build → b#build → c#build → a#build",
        hint: "These packages depend on each other: remove one dependency from packages/a/package.json, packages/b/package.json, packages/c/package.json.",
      },
    ]);
  });

  it("do not mind a circle of packages that no task follows", () => {
    const built = graphOf(packagesOf({ a: "b", b: "a" }), { test: {} });
    expect(built.problems).toEqual([]);
    const through = graphOf(packagesOf({ a: "b", b: "c", c: "b" }, { b: "", c: "" }), { build: { needs: ["^build"] } });
    expect(through.problems).toEqual([]);
    expect(needsOf(through)).toEqual({ "a#build": "" });
  });

  it("with a wrong pattern are told once, where it stands", () => {
    const packages = packagesOf({ web: "", ui: "" });
    const { problems } = graphOf(packages, {
      build: { inputs: ["/etc/passwd"], rootInputs: ["../x"], outputs: ["./"] },
    });
    expect(problems.map(({ path }) => path.join("."))).toEqual([
      "packages.build.inputs.0",
      "packages.build.outputs.0",
      "packages.build.rootInputs.0",
    ]);
  });
});

it("20,000 tasks of 1,000 packages make a graph with all their edges", () => {
  const names = Array.from({ length: 1000 }, (_, index) => `p${index}`);
  const dependencies = Object.fromEntries(
    names.map((name, index) => [name, index === 0 ? "" : `p${(index - 1) >> 1}`]),
  );
  const keys = Array.from({ length: 20 }, (_, index) => `t${index}`);
  const tasks = Object.fromEntries(
    keys.map((key, index) => [
      key,
      { run: "true", inputs, needs: [`^${key}`, ...(index === 0 ? [] : [keys[index - 1]!])] },
    ]),
  );
  const { graph, problems } = graphOf(packagesOf(dependencies), tasks);
  expect([graph.size, problems]).toEqual([20_000, []]);
  expect(graph.get("p999#t19")!.needs).toEqual(["p499#t19", "p999#t18"]);
});
