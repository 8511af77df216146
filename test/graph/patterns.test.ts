import { mkdirSync, symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { task } from "../../src/definition/builders.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { matches, parsePattern } from "../../src/graph/patterns/pattern.ts";
import { InputFinder } from "../../src/inputs/gather-inputs.ts";
import { TestProject } from "../run/project.ts";

function isMatch(text: string, path: string): boolean {
  const parsed = parsePattern(text);
  return parsed.ok && matches(parsed.pattern, path);
}

describe("a pattern", () => {
  it.each([
    ["tsconfig.json", "tsconfig.json", true],
    ["tsconfig.json", "sub/tsconfig.json", false],
    ["./tsconfig.json", "tsconfig.json", true],
    ["src/**", "src/a/b.ts", true],
    ["src/**", "src/.hidden/.env", true],
    ["src/**", "srcs/a.ts", false],
    ["src/", "src/a/b.ts", true],
    ["src", "src/a/b.ts", true],
    ["src//a/./b.ts", "src/a/b.ts", true],
    ["**", "a/b", true],
    [".", "a/b", true],
    ["**/*.ts", "a.ts", true],
    ["**/*.ts", "a/b/.c.ts", true],
    ["**/*.ts", "a/b.js", false],
    ["src/*.ts", "src/a/b.ts", false],
    ["src/*/", "src/a/b/c.ts", true],
    ["packages/*/src/**", "packages/a/src/b/c.ts", true],
    ["packages/*/src/**", "packages/a/test/c.ts", false],
    ["*.{js,ts}", "a.ts", true],
    ["a/{b/c,d}/e*", "a/b/c/e1", true],
    ["app/\\[id\\]/page.ts", "app/[id]/page.ts", true],
    // Names that frameworks give to folders mean themselves.
    ["app/(shop)/**", "app/(shop)/page.tsx", true],
    ["app/(shop)/**", "app/shop/page.tsx", false],
    ["app/(.)photo/page.tsx", "app/(.)photo/page.tsx", true],
    ["app/(..)(..)photo", "app/(..)(..)photo", true],
    ["app/[[...slug]]/*.tsx", "app/[[...slug]]/page.tsx", true],
    ["app/[...slug]/page.tsx", "app/[...slug]/page.tsx", true],
    ["src/routes/[[lang]]/[id=number]/+page@(app).svelte", "src/routes/[[lang]]/[id=number]/+page@(app).svelte", true],
    ["app/[id]/page.ts", "app/[id]/page.ts", true],
    ["app/*/(shop)/*.ts", "app/x/(shop)/a.ts", true],
    ["{{cookiecutter.name}}/**/*.py", "{{cookiecutter.name}}/a/b.py", true],
    ["a/{{x}}-{y}/*.ts", "a/{{x}}-{y}/b.ts", true],
    ["a/{x}/*.ts", "a/x/b.ts", false],
    ["a/[x/*.ts", "a/[x/b.ts", true],
    ["a/(x/**", "a/(x/b.ts", true],
    ["a/x}/*.ts", "a/x}/b.ts", true],
    ["a/!x*/b.ts", "a/!xy/b.ts", true],
    ["a/!x*/b.ts", "a/other/b.ts", false],
    ["[{]x/*", "{x/a", true],
    ["{a,b/{c,d}}/*.ts", "b/d/x.ts", true],
    ["f{1..3}.txt", "f2.txt", true],
    ["src/(a|b)/*.ts", "src/b/x.ts", true],
    ["src/@(a|b).ts", "src/a.ts", true],
    ["src/[[:digit:]].ts", "src/1.ts", true],
    ["src/[ab].ts", "src/a.ts", true],
    ["a b/ü*.txt", "a b/über.txt", true],
    ["!(a|b).ts", "c.ts", true],
  ])("%j and the path %j: %s", (text, path, expected) => {
    expect(isMatch(text, path)).toBe(expected);
  });

  it.each(["/etc/passwd", "..", "../a", "a/../b", "!../a"])("%j leads outside", (text) => {
    expect(parsePattern(text)).toEqual({ ok: false, because: "outside" });
  });

  it.each(["", "!", "a\0b"])("%j is not a path", (text) => {
    expect(parsePattern(text)).toEqual({ ok: false, because: "empty" });
  });
});

describe("the walk for inputs", () => {
  function gather(project: TestProject, inputs: string[], others: Parameters<typeof buildGraph>[0] = {}, needs = []) {
    const reader = task({ run: "true", inputs, needs });
    const { graph } = buildGraph({ ...others, reader });
    const gathered = new InputFinder(project.folder, graph).gather([graph.get("reader")!]).get("reader")!;
    return {
      files: [...gathered.files.keys()].sort(),
      problems: gathered.problems.map(({ code, path }) => `${code} ${path.join(".")}`),
    };
  }

  it("finds files and dot files, and leaves out what is excluded", () => {
    const project = new TestProject({
      "src/a.ts": "",
      "src/.b": "",
      "src/x/c.ts": "",
      "src/x/d.test.ts": "",
      "e.ts": "",
    });
    expect(gather(project, ["src/**", "!**/*.test.ts", "!src/.b"])).toEqual({
      files: ["src/a.ts", "src/x/c.ts"],
      problems: [],
    });
  });

  it("never enters .git and .tidegate, and node_modules only by name", () => {
    const files = {
      ".git/a": "",
      ".tidegate/b": "",
      "node_modules/x/c": "",
      "sub/node_modules/d": "",
      "sub/.git/e": "",
      f: "",
    };
    const project = new TestProject(files);
    expect(gather(project, ["**"]).files).toEqual(["f"]);
    expect(gather(project, ["node_modules/x/", "**/node_modules/d"]).files).toEqual([
      "node_modules/x/c",
      "sub/node_modules/d",
    ]);
  });

  it("tells each pattern that matches nothing, where it stands", () => {
    const project = new TestProject({ "src/a.ts": "" });
    mkdirSync(project.at("empty"));
    expect(gather(project, ["src/*.js", "src/a.ts", "lost.txt", "empty/", "!nothing"]).problems).toEqual([
      "no-such-input pipeline.reader.inputs.0",
      "no-such-input pipeline.reader.inputs.2",
      "no-such-input pipeline.reader.inputs.3",
    ]);
  });

  it("leaves outputs to the fingerprint of the task that writes them", () => {
    const project = new TestProject({ "dist/a.js": "", "src/a.ts": "", "logs/a.txt": "", "logs/a.md": "" });
    const build = task({ run: "true", outputs: ["dist/", "logs/*.txt", "gen/"] });
    const found = gather(project, ["**", "dist/a.js", "gen/*.ts"], { build }, [build] as never);
    expect(found).toEqual({ files: ["logs/a.md", "src/a.ts"], problems: [] });
  });

  it("follows links inside of the project, once round a circle, and records them", () => {
    const project = new TestProject({ "shared/a.ts": "", "src/b.ts": "" });
    symlinkSync("../shared", project.at("src/linked"));
    symlinkSync("..", project.at("src/up"));
    symlinkSync("nowhere", project.at("src/dangling"));
    symlinkSync("b.ts", project.at("src/c.ts"));
    expect(gather(project, ["src/**"])).toEqual({
      files: ["src/b.ts", "src/c.ts", "src/dangling", "src/linked", "src/linked/a.ts", "src/up"],
      problems: [],
    });
  });

  it("refuses a link that leads out, whether a pattern names it, finds it or goes through it", () => {
    const project = new TestProject({ "src/b.ts": "" });
    symlinkSync("/etc", project.at("src/out"));
    symlinkSync("/etc/hostname", project.at("src/name"));
    expect(gather(project, ["src/**"]).problems).toEqual([
      "path-outside-project pipeline.reader.inputs.0",
      "path-outside-project pipeline.reader.inputs.0",
    ]);
    expect(gather(project, ["src/b.ts", "src/out/hostname"]).problems).toEqual([
      "path-outside-project pipeline.reader.inputs.1",
    ]);
    expect(gather(project, ["src/*.ts"]).problems).toEqual([]);
    expect(gather(project, ["src/**", "!src/out", "!src/name"]).problems).toEqual([]);
  });

  it("counts package.json for a command that npm or node runs", () => {
    const project = new TestProject({ "package.json": "{}", "src/a.ts": "" });
    const graph = buildGraph({
      npm: task({ run: "npm run build", inputs: ["src/**"] }),
      shell: task({ run: "cd sub && NODE_ENV=x node a.js", inputs: ["src/**"] }),
      make: task({ run: "make", inputs: ["src/**"] }),
    }).graph;
    const gathered = new InputFinder(project.folder, graph).gather(graph.values());
    expect([...gathered].map(([name, { files }]) => [name, files.has("package.json")])).toEqual([
      ["npm", true],
      ["shell", true],
      ["make", false],
    ]);
  });
});
