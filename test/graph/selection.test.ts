import { describe, expect, it } from "vitest";
import { matrix, task } from "../../src/definition/builders.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { type Choice, select } from "../../src/graph/selection/selection.ts";
import { graphOf, packagesOf } from "./workspace/rig.ts";

const lint = task({ run: "x", inputs: ["*.json"] });
const seed = task({ run: "x", inputs: [] });
const tests = matrix({ os: ["linux", "mac"] }, () =>
  task({ run: "x", needs: [seed], inputs: ["e2e/**", "!e2e/*.md"] }),
);
const wipe = task({ run: "x", needs: [seed, tests], always: true });
const packages = packagesOf({ "@acme/web": "ui", ui: "lib", lib: "", docs: "" });
const built = graphOf(packages, {
  build: { needs: ["^build"], inputs: ["src/**"], outputs: ["dist/"] },
  test: { needs: ["build"], inputs: ["src/**", "test/**"] },
});
const { graph } = { graph: new Map([...buildGraph({ lint, seed, tests, wipe }).graph, ...built.graph]) };

function chosen(choice: Partial<Choice>): Record<string, string> {
  const selected = select(graph, packages, { names: [], ...choice });
  if (!selected.ok) throw new Error(selected.failures.map(({ message }) => message).join("; "));
  expect([...selected.value.tasks.keys()].sort()).toEqual([...selected.value.reasons.keys()].sort());
  return Object.fromEntries(
    [...selected.value.reasons].map(([name, { reason, ...because }]) => [
      name,
      [reason, ...Object.values(because)].join(" "),
    ]),
  );
}
const changed = (...files: string[]) => ({ changed: { files, definition: ["tidegate.config.ts"] } });

describe("names", () => {
  it("mean tasks, all of a matrix, or the tasks of all packages", () => {
    expect(chosen({ names: ["lint"] })).toEqual({ lint: "named" });
    expect(chosen({ names: ["tests[os=mac]"] })).toEqual({ "tests[os=mac]": "named", seed: "neededBy tests[os=mac]" });
    expect(Object.keys(chosen({ names: ["build"] })).sort()).toEqual([
      "@acme/web#build",
      "docs#build",
      "lib#build",
      "ui#build",
    ]);
    expect(chosen({ names: ["ui#build"] })).toEqual({ "ui#build": "named", "lib#build": "neededBy ui#build" });
  });

  it("bring along what cleans up behind them", () => {
    expect(chosen({ names: ["tests"] })).toMatchObject({ wipe: "cleansUp tests[os=mac]" });
    expect(chosen({ names: ["seed"] })).toEqual({ seed: "named" });
  });

  it("that mean nothing are told, with what was meant", () => {
    expect(select(graph, packages, { names: ["biuld", "zzz"] })).toMatchObject({
      failures: [
        { code: "unknown-task", hint: 'Did you mean "build"?' },
        { code: "unknown-task", hint: "Its tasks: lint, seed, wipe, tests, build, test" },
      ],
    });
  });
});

describe("filters", () => {
  it.each([
    [["web"], ["@acme/web"]],
    [["@acme/*"], ["@acme/web"]],
    [["./packages/u*"], ["ui"]],
    [["./packages"], ["@acme/web", "ui", "lib", "docs"]],
    [["ui..."], ["ui", "lib"]],
    [["...ui"], ["ui", "@acme/web"]],
    [["...ui..."], ["ui", "lib", "@acme/web"]],
    [
      ["*", "!docs"],
      ["ui", "lib", "@acme/web"],
    ],
    [["!...ui"], ["lib", "docs"]],
  ])("%j choose tasks in %j", (filters, expected) => {
    const direct = Object.entries(chosen({ names: ["build"], filters })).filter(([, because]) =>
      because.startsWith("filter"),
    );
    expect(direct.map(([name]) => name.replace("#build", "")).sort()).toEqual([...expected].sort());
  });

  it("leave tasks of the pipeline out, unless they are needed", () => {
    expect(chosen({ filters: ["docs"] })).toEqual({ "docs#build": "filter docs", "docs#test": "filter docs" });
  });

  it("that mean no package are told, with what was meant", () => {
    expect(select(graph, packages, { names: [], filters: ["lbi", "!zzzzz"] })).toMatchObject({
      failures: [
        {
          code: "unknown-package",
          message: "--filter lbi matches no package of the workspace",
          hint: 'Did you mean "lib"?',
        },
        { code: "unknown-package", hint: "Its packages: @acme/web, ui, lib, docs" },
      ],
    });
    expect(select(graph, [], { names: [], filters: ["web"] })).toMatchObject({
      failures: [{ hint: "The definition has no tasks in packages: see `workspace(…)`." }],
    });
  });
});

describe("changes", () => {
  it("reach what reads the file, what needs that, and bring along what these need", () => {
    expect(chosen(changed("packages/ui/src/a.ts"))).toEqual({
      "ui#build": "changedFile packages/ui/src/a.ts",
      "@acme/web#build": "needAffected ui#build",
      "ui#test": "changedFile packages/ui/src/a.ts",
      "@acme/web#test": "needAffected @acme/web#build",
      "lib#build": "neededBy ui#build",
    });
    expect(chosen(changed("packages/ui/test/a.ts"))).toEqual({
      "ui#test": "changedFile packages/ui/test/a.ts",
      "ui#build": "neededBy ui#test",
      "lib#build": "neededBy ui#build",
    });
  });

  it("of a file that is excluded, of an output, or of one that nobody reads reach nothing", () => {
    expect(chosen(changed("e2e/notes.md", "packages/ui/dist/a.js", "readme.md"))).toEqual({});
  });

  it("of a package.json reach the tasks of its package", () => {
    expect(chosen(changed("packages/docs/package.json"))).toMatchObject({
      "docs#build": expect.any(String),
      "docs#test": expect.any(String),
    });
  });

  it("of the definition reach everything", () => {
    expect(Object.keys(chosen(changed("tidegate.config.ts"))).length).toBe(graph.size);
  });

  it("reach a task without inputs from anywhere in its package, or in the project", () => {
    const blind = graphOf(packages, { build: {} }, { all: task({ run: "x" }) });
    const selected = select(blind.graph, packages, { names: [], ...changed("packages/lib/x") });
    expect(selected.ok && [...selected.value.tasks.keys()]).toEqual(["all", "lib#build"]);
  });

  it("and names and filters are all to hold", () => {
    expect(chosen({ ...changed("packages/ui/src/a.ts"), names: ["test"], filters: ["ui"] })).toEqual({
      "ui#test": "changedFile packages/ui/src/a.ts",
      "ui#build": "neededBy ui#test",
      "lib#build": "neededBy ui#build",
    });
  });
});
