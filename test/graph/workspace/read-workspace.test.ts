import { symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readWorkspace } from "../../../src/graph/workspace/read-workspace.ts";
import { pnpmPatterns } from "../../../src/graph/workspace/workspace-file.ts";
import { TestProject } from "../../run/project.ts";

const packageFile = (name: string, more: object = {}) => JSON.stringify({ name, version: "1.0.0", ...more });

async function read(files: Readonly<Record<string, string>>) {
  const { workspace, problems } = await readWorkspace(new TestProject(files).folder);
  const packages = workspace.packages.map(({ name, folder, dependencies }) =>
    [name, folder, ...dependencies].join(" "),
  );
  return {
    packages,
    lockfile: workspace.lockfile,
    problems: problems.map(({ message, cause }) => [message, cause].join(": ")),
  };
}

describe("a workspace", () => {
  const files = {
    "packages/ui/package.json": packageFile("@acme/ui"),
    "packages/old/package.json": packageFile("old"),
    "packages/notes/readme.md": "no package",
    "apps/web/package.json": packageFile("web", { dependencies: { "@acme/ui": "^1.0.0", react: "19.0.0" } }),
    "apps/web/node_modules/x/package.json": packageFile("x"),
  };

  it("of npm, yarn or bun is a list of folders in package.json", async () => {
    const root = JSON.stringify({ workspaces: ["packages/*", "apps/**", "!packages/old"] });
    expect(await read({ ...files, "package.json": root, "package-lock.json": "{}" })).toEqual({
      packages: ["web apps/web @acme/ui", "@acme/ui packages/ui"],
      lockfile: "package-lock.json",
      problems: [],
    });
    const object = JSON.stringify({ workspaces: { packages: ["./packages/ui/", "apps/web"], nohoist: [] } });
    expect((await read({ ...files, "package.json": object })).packages).toEqual([
      "web apps/web @acme/ui",
      "@acme/ui packages/ui",
    ]);
  });

  it("of pnpm is a list in its own file, which goes before package.json", async () => {
    const found = await read({
      ...files,
      "package.json": JSON.stringify({ workspaces: ["nothing/*"] }),
      "pnpm-workspace.yaml": "packages:\n  - 'packages/*'\n  - apps/*\n",
      "pnpm-lock.yaml": "",
    });
    expect(found.packages).toEqual(["web apps/web @acme/ui", "old packages/old", "@acme/ui packages/ui"]);
    expect(found.lockfile).toBe("pnpm-lock.yaml");
  });

  it("may contain the project's own folder", async () => {
    const root = JSON.stringify({ name: "root", workspaces: [".", "packages/*"] });
    expect((await read({ ...files, "package.json": root })).packages).toContain("root ");
  });

  it("does not leave the project, and says so; nor walks in circles", async () => {
    const project = new TestProject({
      "package.json": JSON.stringify({ workspaces: ["../*", "packages/**"] }),
      ...files,
    });
    symlinkSync("..", project.at("packages/loop"));
    const { workspace, problems } = await readWorkspace(project.folder);
    expect(workspace.packages.map(({ name }) => name)).toEqual(["old", "@acme/ui"]);
    expect(problems).toMatchObject([{ code: "workspace-invalid", message: expect.stringContaining("../*") }]);
  });

  it("has the packages that links lead to, each folder once and by its own name", async () => {
    const project = new TestProject({
      "package.json": JSON.stringify({ workspaces: ["packages/*", "deep/**"] }),
      "packages/a/package.json": JSON.stringify({ name: "a" }),
      "elsewhere/linked/package.json": JSON.stringify({ name: "linked" }),
      "elsewhere/far/package.json": JSON.stringify({ name: "far" }),
      "deep/x/readme": "",
    });
    symlinkSync("../elsewhere/linked", project.at("packages/linked"));
    symlinkSync("a", project.at("packages/again"));
    symlinkSync("../elsewhere/far", project.at("deep/far"));
    symlinkSync("../..", project.at("deep/x/up"));
    symlinkSync("nothing", project.at("packages/dangling"));
    const { workspace, problems } = await readWorkspace(project.folder);
    expect(problems).toEqual([]);
    expect(workspace.packages.map(({ name, folder }) => `${name} ${folder}`)).toEqual([
      "far deep/far",
      "a packages/a",
      "linked packages/linked",
    ]);
  });

  it.each([
    ["folders that have none", { "package.json": '{ "workspaces": ["packages/*"] }', "packages/a/readme": "" }],
    ["a file for pnpm that names no folders", { "package.json": "{}", "pnpm-workspace.yaml": "catalog: {}\n" }],
  ])("without a package is an error: %s", async (_, content) => {
    const project = new TestProject(content);
    expect((await readWorkspace(project.folder)).problems).toMatchObject([
      { code: "workspace-invalid", message: expect.stringContaining("has no package") },
    ]);
  });

  it("has an edge however a package manager writes it", async () => {
    const ui = (name: string) => JSON.stringify({ name, version: "1.0.0" });
    const project = new TestProject({
      "package.json": JSON.stringify({
        workspaces: ["packages/*"],
        overrides: { lodash: "file:packages/h", "over>deep@2": "npm:i@1.0.0", outer: { ".": "1.0.0", inner: "$j" } },
        resolutions: { "**/moment": "workspace:packages/k" },
        pnpm: { overrides: { "left-pad@1": "link:./packages/l" } },
      }),
      ...Object.fromEntries([..."abcdefghijkl"].map((name) => [`packages/${name}/package.json`, ui(name)])),
      "packages/app/package.json": JSON.stringify({
        name: "app",
        dependencies: { other: "file:../a", b: "link:../b", portal: "portal:../c", alias: "npm:d@^1.0.0" },
        devDependencies: { "also-e": "workspace:e@*", catalogued: "^9.0.0", lodash: "^4.0.0", deep: "^2.0.0" },
        peerDependencies: { f: ">=1" },
        optionalDependencies: { g: "*", moment: "^2.0.0", "left-pad": "1.0.0" },
      }),
    });
    const { workspace } = await readWorkspace(project.folder);
    const app = workspace.packages.find(({ name }) => name === "app");
    expect(app!.dependencies.join("")).toBe("abcdefghikl");
  });

  it("has the edges that a pnpm-workspace.yaml puts in place of others", async () => {
    const overrides = `  lodash@4: "link:packages/a"\n  "app>b": "workspace:*"\n`;
    const project = new TestProject({
      "package.json": "{}",
      "pnpm-workspace.yaml": `packages: ["packages/*"]\noverrides:\n${overrides}`,
      "packages/a/package.json": packageFile("a"),
      "packages/b/package.json": JSON.stringify({ name: "b", version: "2.0.0" }),
      "packages/app/package.json": JSON.stringify({ name: "app", dependencies: { lodash: "^4.0.0", b: "1.0.0" } }),
    });
    const { workspace } = await readWorkspace(project.folder);
    expect(workspace.packages.find(({ name }) => name === "app")!.dependencies).toEqual(["a", "b"]);
  });

  it("takes packages of one name, as pnpm does: all but the first are called by their folders, and who needs one needs all", async () => {
    const project = new TestProject({
      "package.json": "{}",
      "pnpm-workspace.yaml": `packages: ["tests/**"]\n`,
      "tests/minify/package.json": JSON.stringify({ name: "minify", dependencies: { module: "file:./dir/module" } }),
      "tests/minify/dir/module/package.json": JSON.stringify({ name: "minify", version: "9.0.0" }),
      "tests/plain/[id]/package.json": JSON.stringify({ name: "minify" }),
      "tests/app/package.json": JSON.stringify({ name: "app", dependencies: { minify: "^1.0.0" } }),
    });
    const { workspace, problems } = await readWorkspace(project.folder);
    expect(problems).toEqual([]);
    expect(workspace.packages.map(({ name, folder, dependencies }) => [name, folder, dependencies])).toEqual([
      ["app", "tests/app", ["minify", "tests-minify-dir-module", "tests-plain-id-"]],
      ["minify", "tests/minify", ["tests-minify-dir-module"]],
      ["tests-minify-dir-module", "tests/minify/dir/module", []],
      ["tests-plain-id-", "tests/plain/[id]", []],
    ]);
  });

  it("tells everything that makes it unusable", async () => {
    const broken = {
      "package.json": JSON.stringify({ workspaces: ["packages/*"] }),
      "packages/a/package.json": "{",
      "packages/b/package.json": packageFile("same"),
      "packages/c/package.json": packageFile("same"),
      "packages/d/package.json": packageFile("../up"),
    };
    expect((await read(broken)).problems).toEqual([
      "The packages of the workspace cannot be found: packages/a/package.json cannot be read: It is not a JSON object",
      "Two packages have the name same: packages/b and packages/c: ",
      '"../up", the package in packages/d, has no usable name: ',
    ]);
    expect((await read({ "package.json": "{}" })).problems[0]).toMatch(/^The project has no workspace/);
    expect((await read({ "package.json": '{"workspaces":"packages"}' })).problems[0]).toContain(
      "`workspaces` is not a list of folders",
    );
    expect((await read({ "pnpm-workspace.yaml": "packages:\n  - a\n  - { b: c }\n" })).problems[0]).toContain("line 3");
  });
});

it.each([
  ["^1.0.0", true],
  ["*", true],
  ["workspace:^", true],
  ["file:../ui", true],
  ["1.0.0", true],
  ["2.0.0", false],
  ["github:acme/ui", false],
  ["acme/ui#main", false],
  ["https://example.com/ui.tgz", false],
  ["npm:other@1.0.0", false],
  ["latest", true],
])("a dependency on %s of a package with version 1.0.0 is one on it: %s", async (range, isOne) => {
  const found = await read({
    "package.json": '{"workspaces":["p/*"]}',
    "p/ui/package.json": packageFile("ui"),
    "p/web/package.json": packageFile("web", { devDependencies: { ui: range } }),
  });
  expect(found.packages).toContain(isOne ? "web p/web ui" : "web p/web");
});

it("an alias names the package that it stands for", async () => {
  const found = await read({
    "package.json": '{"workspaces":["p/*"]}',
    "p/ui/package.json": packageFile("@acme/ui"),
    "p/web/package.json": packageFile("web", { peerDependencies: { kit: "workspace:@acme/ui@*" } }),
  });
  expect(found.packages).toContain("web p/web @acme/ui");
});

describe("a pnpm-workspace.yaml", () => {
  it.each([
    ["packages:\n  - a/*\n", ["a/*"]],
    ["packages:\n- 'a'\n- \"b\" # why\n\n# end\n- !x\ncatalog:\n  - c", undefined],
    ["packages:\n- 'a'\n- \"b\" # why\n\n# end\n- '!x'\ncatalog:\n  y: 1\n", ["a", "b", "!x"]],
    ["onlyBuiltDependencies:\n  - esbuild\npackages: [a/*, 'b', \"c\"] # all\n", ["a/*", "b", "c"]],
    ['"packages":\r\n  - it\'s\r\n', ["it's"]],
    ["packages:\n  - 'it''s'\n", ["it's"]],
    ["packages:\n  - **\n", undefined],
    ["packages:\n  - '**'\n", ["**"]],
    ["packages:\n  - *all\n", undefined],
    ["packages:\n  - { a: b }\n", undefined],
    ['packages:\n  - "a\\x20b"\n', ["a b"]],
    ["packages:\n  a\n", undefined],
    ["packages: a\n", undefined],
    ["packages:\n  - a#b\n", ["a#b"]],
    ["", []],
  ])("%j names %j", async (text, expected) => {
    const found = await pnpmPatterns(text);
    expect(found.ok ? found.patterns : undefined).toEqual(expected);
  });
});
