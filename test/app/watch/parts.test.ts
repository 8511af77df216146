import type { watch } from "node:fs";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Restraint } from "../../../src/app/watch/restraint.ts";
import { SourceTree } from "../../../src/app/watch/source-tree.ts";
import { SourceWatcher } from "../../../src/app/watch/source-watcher.ts";
import { Sources } from "../../../src/app/watch/sources.ts";
import { Unclaimed } from "../../../src/app/watch/unclaimed.ts";
import { matrix, task } from "../../../src/definition/builders.ts";
import type { Task } from "../../../src/definition/types.ts";
import { buildGraph } from "../../../src/graph/graph.ts";
import { tempFolder, writeFiles } from "../../support/temp-folder.ts";

function sourcesOf(pipeline: Readonly<Record<string, Task>>, definition: readonly string[] = [], hasPackages = false) {
  const { graph } = buildGraph(pipeline);
  return new Sources({ graph, selected: graph, definition, hasPackages });
}

const build = task({
  run: "make",
  inputs: ["src/**", "!src/**/*.snap", "lib/*.js", "config.json", "node_modules/tool/x.js"],
  outputs: ["dist/", "src/generated.js"],
});

describe("sources", () => {
  it.each([
    ["src/a.js", ["build"]],
    ["src/deep/er/.hidden", ["build"]],
    ["src/x/a.snap", []],
    ["lib/a.js", ["build"]],
    ["lib/deep/a.js", []],
    ["config.json", ["build"]],
    ["config.json.bak", []],
    ["dist/a.js", []],
    ["src/generated.js", []],
    ["src/node_modules/a.js", []],
    ["node_modules/tool/x.js", ["build"]],
    ["src/.git/x", []],
    ["src/.a.js.swp", []],
    ["src/a.js~", []],
  ])("%s is read by %j", (path, readers) => {
    expect(sourcesOf({ build }).of(path).readers).toEqual(readers);
  });

  it.each([
    ["src", true],
    ["src/any/where", true],
    ["lib", true],
    ["lib/deep", false],
    ["dist", false],
    ["other", false],
    ["node_modules", true],
    ["node_modules/tool", true],
    ["node_modules/else", false],
    ["src/node_modules", false],
    [".git", false],
  ])("the folder %s may hold some: %s", (folder, may) => {
    expect(sourcesOf({ build }).mayHold(folder)).toBe(may);
  });

  it("are what programs read unasked, too, and what the graph is made of", () => {
    const sources = sourcesOf({ test: task({ run: "npm test", inputs: ["x"] }) }, ["tidegate.config.ts"], true);
    expect(sources.of("package.json")).toEqual({ readers: ["test"], shapesGraph: true, mayMatter: false });
    expect(sources.of("packages/a/package.json").shapesGraph).toBe(true);
    expect(sources.of("node_modules/a/package.json").shapesGraph).toBe(false);
    expect(sources.of("tidegate.config.ts").shapesGraph).toBe(true);
  });

  it("may be any file when a task does not say what it reads", () => {
    const sources = sourcesOf({ loose: task({ run: "make" }), build });
    expect(sources.of("any/where")).toEqual({ readers: [], shapesGraph: false, mayMatter: true });
    for (const path of ["dist/x", "node_modules/x", ".git/x", ".tidegate/x", "a/.x.swp"])
      expect(sources.isSource(path)).toBe(false);
  });

  it("are known for each cell of a matrix", () => {
    const { graph } = buildGraph({
      test: matrix({ n: [1, 2] }, ({ n }) => task({ run: `t ${n}`, inputs: [`t${n}/**`] })),
    });
    const sources = new Sources({ graph, selected: graph, definition: [], hasPackages: false });
    expect(sources.of("t2/x").readers).toEqual(["test[n=2]"]);
  });
});

describe("the tree of sources", () => {
  const everything = { isSource: () => true, mayHold: (folder: string) => !folder.startsWith("not") };

  it("tells what changed, by looks, and which folders to watch", () => {
    const root = tempFolder({ "a/b/c": "1", "a/d": "1", "not/x": "1", e: "1" });
    const entered = new Set<string>();
    const tree = new SourceTree(root, everything, {
      entered: (folder) => entered.add(folder),
      left: (folder) => entered.delete(folder),
    });
    expect(tree.look("").sort()).toEqual(["a/b/c", "a/d", "e"]);
    expect([...entered].sort()).toEqual(["", "a", "a/b"]);
    expect(tree.look("")).toEqual([]);
    writeFiles(root, { "a/d": "22", "not/x": "22", "a/new/f": "1" });
    expect(tree.look("a").sort()).toEqual(["a/d", "a/new/f"]);
    expect([...entered].sort()).toEqual(["", "a", "a/b", "a/new"]);
    expect(tree.look("nowhere")).toEqual([]);
  });

  it("follows links within the project, and no circles", () => {
    const root = tempFolder({ "real/x": "1" });
    symlinkSync("real", join(root, "link"));
    symlinkSync("..", join(root, "real/up"));
    symlinkSync("/", join(root, "out"));
    symlinkSync("missing", join(root, "broken"));
    const tree = new SourceTree(root, everything, { entered: () => undefined, left: () => undefined });
    expect(tree.look("")).toEqual(expect.arrayContaining(["real/x", "link/x", "broken"]));
    expect(tree.files).toBeLessThan(12);
  });

  it("notices a file that became a folder, and back", () => {
    const root = tempFolder({ a: "1" });
    const tree = new SourceTree(root, everything, { entered: () => undefined, left: () => undefined });
    tree.look("");
    writeFiles(root, { b: "" });
    mkdirSync(join(root, "c"));
    writeFileSync(join(root, "c/d"), "");
    expect(tree.look("").sort()).toEqual(["b", "c/d"]);
  });
});

describe("where the system cannot watch", () => {
  it("looks at the files in intervals, and says why", async () => {
    const root = tempFolder({ "src/a": "1" });
    const refused = Object.assign(new Error("no"), { code: "ENOSPC" });
    const failing = (() => {
      throw refused;
    }) as unknown as typeof watch;
    const polling = Promise.withResolvers<NodeJS.ErrnoException>();
    const changed = Promise.withResolvers<readonly string[]>();
    const watcher = new SourceWatcher({
      root,
      filter: { isSource: () => true, mayHold: () => true },
      onChange: changed.resolve,
      onPolling: polling.resolve,
      now: Date.now,
      watch: failing,
    });
    onTestFinished(() => watcher.close());
    expect(await polling.promise).toBe(refused);
    expect(watcher.isPolling).toBe(true);
    writeFiles(root, { "src/b/c": "1" });
    expect(await changed.promise).toEqual(["src/b/c"]);
  });
});

describe("restraint", () => {
  const runWith = (restraint: Restraint, ...files: string[]) => {
    const may = files.length === 0 || restraint.changed(files);
    restraint.ended();
    return may;
  };

  it("lets a run be cancelled as long as it may be a person who saves", () => {
    const restraint = new Restraint();
    for (let run = 1; run <= 5; run++) expect(runWith(restraint, "a")).toBe(true);
    expect(restraint.pauseMs).toBe(0);
    expect(runWith(restraint, "a")).toBe(false);
    expect(restraint.suspect).toBe("a");
    expect(restraint.pauseMs).toBe(1000);
    runWith(restraint, "a");
    expect(restraint.pauseMs).toBe(2000);
    for (let run = 1; run <= 20; run++) runWith(restraint, "a");
    expect(restraint.pauseMs).toBe(60_000);
    expect(restraint.changed(["b"])).toBe(true);
    restraint.ended();
    expect(restraint.pauseMs).toBe(0);
  });

  it("begins anew after a run in which nothing changed, and for other files", () => {
    const restraint = new Restraint();
    for (let run = 1; run <= 5; run++) runWith(restraint, "a");
    runWith(restraint);
    expect(runWith(restraint, "a")).toBe(true);
    for (let run = 1; run <= 20; run++) expect(runWith(restraint, `file ${run}`)).toBe(true);
  });
});

it("a file that no task declares is run for once when it changes in a run, and always when it changes between runs", () => {
  const unclaimed = new Unclaimed();
  expect(unclaimed.changed(["a"], true)).toEqual({ files: ["a"] });
  expect(unclaimed.changed(["a", "b"], true)).toEqual({ files: ["b"], muted: "a" });
  expect(unclaimed.changed(["a"], true)).toEqual({ files: [] });
  expect(unclaimed.changed(["a"], false)).toEqual({ files: ["a"] });
});
