import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { doctor } from "../../src/app/doctor/doctor.ts";
import { task } from "../../src/definition/builders.ts";
import { ignoredPaths } from "../../src/git/ignored-paths.ts";
import { portsFor } from "../app/ports.ts";
import { failuresOf, outcomes, TestProject } from "./project.ts";

const build = task({
  run: ["sh", "-c", "mkdir -p out && echo built > out/b.txt"],
  inputs: ["src/**"],
  outputs: ["out/"],
});

function git(folder: string, ...words: string[]): void {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
  const env = { PATH: process.env.PATH ?? "", HOME: "/nonexistent" };
  execFileSync("git", [...identity, "-c", "protocol.file.allow=always", ...words], { cwd: folder, env, stdio: "pipe" });
}

function committed(folder: string): void {
  git(folder, "init", "-q", "-b", "main");
  git(folder, "add", "-A");
  git(folder, "commit", "-q", "-m", "x");
}

/** A file that git tracks where a task writes, with a line that nobody committed. */
function precious(): TestProject {
  const project = new TestProject({ "src/a": "1", "out/hand.txt": "precious\n" });
  committed(project.folder);
  project.write("out/hand.txt", "precious\nnever committed\n");
  return project;
}

describe("where git does not answer, what it may track is not removed", () => {
  it.each([
    [
      "a repository of a newer format",
      (folder: string) => git(folder, "config", "core.repositoryformatversion", "9"),
      {},
      /repo version/,
    ],
    ["a damaged index", (folder: string) => rmSync(join(folder, ".git/HEAD")), {}, /not a git repository/],
    ["an extension that this git does not know", extension, {}, /extension/],
    ["no git on PATH", () => undefined, { PATH: "/nonexistent" }, /not installed/],
  ] as const)("%s", async (_, harm, variables, sentence) => {
    const project = precious();
    harm(project.folder);
    const watched = await project.run(
      { build },
      { environment: { HOME: project.folder, PATH: process.env.PATH ?? "", ...variables } },
    );
    expect(outcomes(watched)).toEqual({ build: "failed" });
    expect(failuresOf(watched, "build")).toMatchObject([
      { code: "git-unavailable", cause: expect.stringMatching(sentence) },
    ]);
    expect(readFileSync(project.at("out/hand.txt"), "utf8")).toContain("never committed");
  });

  it.runIf(process.getuid?.() === 0)(
    "a repository that belongs to another user: the hint has git's own remedy",
    async () => {
      const project = precious();
      execFileSync("chown", ["-R", "65534:65534", project.folder]);
      const watched = await project.run({ build });
      expect(failuresOf(watched, "build")).toMatchObject([
        { code: "git-unavailable", hint: expect.stringContaining(`safe.directory ${project.folder}`) },
      ]);
      expect(existsSync(project.at("out/hand.txt"))).toBe(true);
    },
  );

  it("a repository that only GIT_DIR and GIT_WORK_TREE name, which is not asked: never taken for none", async () => {
    const project = new TestProject({ "src/a": "1", "out/hand.txt": "precious" });
    git(project.folder, "init", "-q", "--bare", project.at("../dotfiles"));
    git(project.folder, "--git-dir", project.at("../dotfiles"), "--work-tree", ".", "add", "out");
    const named = (variables: object) => ({ environment: { PATH: process.env.PATH ?? "", ...variables } });
    for (const variables of [{ GIT_DIR: project.at("../dotfiles") }, { GIT_WORK_TREE: ".." }]) {
      const watched = await project.run({ build }, named(variables));
      expect(failuresOf(watched, "build")).toMatchObject([
        { code: "git-unavailable", cause: expect.stringContaining(Object.keys(variables)[0]!) },
      ]);
      expect(existsSync(project.at("out/hand.txt"))).toBe(true);
    }
    const local = { GIT_DIR: "../dotfiles", GIT_WORK_TREE: project.folder };
    const reading = task({ run: "true", inputs: ["src/**"] });
    const [failure] = failuresOf(await project.run({ reading }, named(local)), "reading");
    expect(failure).toMatchObject({ code: "git-unavailable" });
    const findings = await doctor(portsFor(project.folder, local));
    expect(findings).toContainEqual({ state: "broken", what: "git", detail: failure!.cause, hint: failure!.hint });
    // The hint, followed literally.
    execFileSync("sh", ["-c", /git --git-dir .*/.exec(failure!.hint!)![0]], { cwd: project.folder });
    expect(failuresOf(await project.run({ build }, named(local)), "build")).toMatchObject([{ code: "output-tracked" }]);
    rmSync(project.at(".git"));
    const another = named({ GIT_DIR: project.at("../dotfiles"), GIT_WORK_TREE: project.at("../elsewhere") });
    expect(outcomes(await project.run({ build }, another))).toEqual({ build: "ran" });
  });

  it("outside of any repository nothing is tracked, and nobody is asked", async () => {
    const project = new TestProject({ "src/a": "1", "out/old.txt": "1" });
    const watched = await project.run({ build }, { environment: { HOME: "/", PATH: "/usr/bin:/bin" } });
    expect(outcomes(watched)).toEqual({ build: "ran" });
  });
});

function extension(folder: string): void {
  git(folder, "config", "core.repositoryformatversion", "1");
  git(folder, "config", "extensions.tomorrow", "true");
}

it.each([
  ["the project's repository", "", "app/(shop)/it's made/"],
  ["a repository in it", "lib/clone", "lib/clone/gen (1)/"],
  ["a repository around it", "..", "out/"],
])("the command that takes outputs out of git works from every folder, in the shell: %s", async (_, top, output) => {
  const project = new TestProject({ "src/deep/a": "1", [`${output}x.txt`]: "built" });
  committed(project.at(top));
  const made = task({ run: "true", inputs: ["src/**"], outputs: [output], cache: false });
  const [failure] = failuresOf(await project.run({ made }), "made");
  expect(failure).toMatchObject({ code: "output-tracked" });
  const [, command = ""] = /removed from git \((.*)\); if/.exec(failure!.hint!) ?? [];
  execFileSync("sh", ["-c", command], { cwd: project.at("src/deep"), stdio: "pipe" });
  expect(failuresOf(await project.run({ made }), "made").map(({ code }) => code)).not.toContain("output-tracked");
});

describe("what a repository inside of the repository tracks is not removed", () => {
  it("a clone in an output, which the outer repository does not know", async () => {
    const project = new TestProject({ "src/a": "1", ".gitignore": "out/\n", "out/deep/clone/work.txt": "mine" });
    committed(project.folder);
    committed(project.at("out/deep/clone"));
    const watched = await project.run({ build });
    expect(failuresOf(watched, "build")).toMatchObject([
      { code: "output-tracked", message: expect.stringContaining("out/deep/clone") },
    ]);
    expect(readFileSync(project.at("out/deep/clone/work.txt"), "utf8")).toBe("mine");
    const meant = { ...build, trackedOutputs: true } as const;
    expect(outcomes(await project.run({ build: meant }))).toEqual({ build: "ran" });
  });

  it("files of a clone that a glob matches", async () => {
    const project = new TestProject({ "src/a": "1", "lib/clone/made.js": "mine" });
    committed(project.at("lib/clone"));
    const glob = task({ run: "true", inputs: ["src/**"], outputs: ["lib/**/*.js"] });
    expect(failuresOf(await project.run({ glob }), "glob")).toMatchObject([{ code: "output-tracked" }]);
    expect(existsSync(project.at("lib/clone/made.js"))).toBe(true);
  });

  it.each([
    ["a folder", "lib/clone/gen/"],
    ["a file", "lib/clone/gen/hand.txt"],
    ["a folder that a link leads to", "made/gen/"],
  ])("%s inside of a clone", async (_, output) => {
    const project = new TestProject({ "src/a": "1", "lib/clone/gen/hand.txt": "mine" });
    committed(project.at("lib/clone"));
    symlinkSync("lib/clone", project.at("made"));
    const inside = task({ run: "true", outputs: [output] });
    expect(failuresOf(await project.run({ inside }), "inside")).toMatchObject([
      { code: "output-tracked", message: expect.stringContaining("lib/clone/gen/hand.txt") },
    ]);
    committed(project.folder);
    expect(failuresOf(await project.run({ inside }), "inside")).toMatchObject([{ code: "output-tracked" }]);
    git(project.at("lib/clone"), "config", "core.repositoryformatversion", "9");
    expect(failuresOf(await project.run({ inside }), "inside")).toMatchObject([{ code: "git-unavailable" }]);
    expect(readFileSync(project.at("lib/clone/gen/hand.txt"), "utf8")).toBe("mine");
  });

  it("a submodule", async () => {
    const origin = new TestProject({ "a.txt": "1" });
    committed(origin.folder);
    const project = new TestProject({ "src/a": "1" });
    committed(project.folder);
    git(project.folder, "submodule", "add", "-q", origin.folder, "out/sub");
    git(project.folder, "commit", "-q", "-m", "sub");
    expect(failuresOf(await project.run({ build }), "build")).toMatchObject([{ code: "output-tracked" }]);
    expect(existsSync(project.at("out/sub/a.txt"))).toBe(true);
  });
});

describe("what git ignores is asked of the repository that a file really lies in", () => {
  it("one odd path takes no answer from the others", async () => {
    const project = new TestProject({
      ".gitignore": "gen/\n*.log\nclone/\n",
      "gen/g.txt": "1",
      "shared/x.ts": "1",
      "shared/x.log": "1",
      "clone/a.ts": "1",
      ":odd.log": "1",
      "own/.gitignore": "b.ts\n",
      "own/a.ts": "1",
      "own/b.ts": "1",
    });
    symlinkSync("../shared", `${project.at("own")}/link`);
    symlinkSync("/etc", project.at("outside"));
    committed(project.at("clone"));
    committed(project.at("own"));
    committed(project.folder);
    const asked = [
      "gen/g.txt",
      "own/link/x.ts",
      "own/link/x.log",
      "own/a.ts",
      "own/b.ts",
      "clone/a.ts",
      ":odd.log",
      "outside/hostname",
      "gone/away.log",
    ];
    const answer = await ignoredPaths(project.folder, asked, { PATH: process.env.PATH });
    expect(answer).toEqual({
      ok: true,
      ignored: new Set(["gen/g.txt", "own/link/x.log", "own/b.ts", "clone/a.ts", ":odd.log"]),
    });
  });

  it("an input behind a link hides no ignored input of another task", async () => {
    const project = new TestProject({ ".gitignore": "gen/\n", "gen/g.txt": "1", "shared/x.ts": "1" });
    symlinkSync("shared", project.at("aaa"));
    committed(project.folder);
    const other = task({ run: "true", inputs: ["aaa/x.ts"] });
    const scan = task({ run: "true", inputs: ["gen/**"] });
    const watched = await project.run({ other, scan });
    expect(outcomes(watched)).toEqual({ other: "ran", scan: "failed" });
    expect(failuresOf(watched, "scan")).toMatchObject([{ code: "input-ignored" }]);
  });
});
