import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { expect, it } from "vitest";
import { task } from "../../src/definition/builders.ts";
import { branch, installed } from "../../src/definition/conditions.ts";
import { checkedOutBranch } from "../../src/git/git-branch.ts";
import { gitChanges } from "../../src/inputs/git/git-changes.ts";
import { TestProject } from "../run/project.ts";

const environment = { PATH: process.env.PATH ?? "", HOME: "/nonexistent" };

function repository(files: Readonly<Record<string, string>> = { "a.txt": "1", "b.txt": "1", "old.txt": "1" }) {
  const project = new TestProject(files);
  const git = (...words: string[]) => {
    const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    execFileSync("git", [...identity, ...words], { cwd: project.folder, env: environment, stdio: "ignore" });
  };
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-q", "-m", "first");
  return { project, git };
}

async function changesIn(folder: string, since?: string, more: Readonly<Record<string, string>> = {}) {
  const found = await gitChanges(folder, since, { ...environment, ...more });
  return found.ok ? found.value.files : found.failures.map(({ code, message }) => `${code}: ${message}`);
}

it("changes are what was committed since the branch began, staged, not staged, untracked and removed", async () => {
  const { project, git } = repository();
  git("checkout", "-q", "-b", "feature");
  project.write("committed.txt", "1");
  git("add", "-A");
  git("commit", "-q", "-m", "second");
  project.write("staged.txt", "1");
  git("add", "staged.txt");
  project.write("a.txt", "2");
  project.write("sub/new é.txt", "1");
  project.write(".gitignore", "ignored.txt\n");
  project.write("ignored.txt", "1");
  rmSync(project.at("old.txt"));
  expect(await changesIn(project.folder)).toEqual([
    ".gitignore",
    "a.txt",
    "committed.txt",
    "old.txt",
    "staged.txt",
    "sub/new é.txt",
  ]);
  expect(await changesIn(project.folder, "HEAD")).not.toContain("committed.txt");
});

it("what the other branch did meanwhile is no change of this one", async () => {
  const { project, git } = repository();
  git("checkout", "-q", "-b", "feature");
  git("checkout", "-q", "main");
  project.write("b.txt", "2");
  git("commit", "-q", "-a", "-m", "on main");
  git("checkout", "-q", "feature");
  expect(await changesIn(project.folder)).toEqual([]);
  expect(await changesIn(project.folder, "main")).toEqual([]);
});

it("only files of the project count, and by their path in it", async () => {
  const { project } = repository({ "apps/shop/a.txt": "1", "elsewhere.txt": "1" });
  project.write("apps/shop/a.txt", "2");
  project.write("apps/shop/new.txt", "2");
  project.write("elsewhere.txt", "2");
  expect(await changesIn(project.at("apps/shop"))).toEqual(["a.txt", "new.txt"]);
});

it("a pull request is compared with the branch that it is for", async () => {
  const { project, git } = repository();
  git("checkout", "-q", "-b", "release");
  project.write("b.txt", "2");
  git("commit", "-q", "-a", "-m", "release");
  git("checkout", "-q", "-b", "fix");
  project.write("a.txt", "2");
  expect(await changesIn(project.folder)).toEqual(["a.txt", "b.txt"]);
  expect(await changesIn(project.folder, undefined, { GITHUB_BASE_REF: "release" })).toEqual(["a.txt"]);
});

it("what cannot be compared is told, and never looks like no change", async () => {
  const { project, git } = repository();
  expect((await changesIn(project.folder, "no-such"))[0]).toMatch(/^git-unavailable: .*git has no commit "no-such"/);
  expect((await changesIn(project.folder, "--output=/tmp/x"))[0]).toMatch(/^git-unavailable/);
  git("checkout", "-q", "--orphan", "alone");
  git("commit", "-q", "-m", "alone");
  expect((await changesIn(project.folder, "main"))[0]).toContain("have no commit in common");
  git("branch", "-D", "main");
  expect((await changesIn(project.folder))[0]).toContain("there is no branch to compare with");
  const none = new TestProject();
  mkdirSync(none.at("x"));
  expect((await changesIn(none.folder))[0]).toMatch(/^git-unavailable: .*git does not answer$/);
  expect((await changesIn(project.folder, undefined, { PATH: "/nonexistent" }))[0]).toMatch(/^git-unavailable/);
});

/** The branch; why nobody says. */
async function branchOf(folder: string, variables: Readonly<Record<string, string>> = {}) {
  const found = await checkedOutBranch(folder, { PATH: process.env.PATH, ...variables });
  return found.ok ? found.value : `${found.failures[0]!.code}: ${found.failures[0]!.cause}`;
}

it("the branch is what is checked out; of a detached commit what the CI system says", async () => {
  const { project, git } = repository();
  git("checkout", "-q", "-b", "feature/x");
  expect(await branchOf(project.folder, { GITHUB_HEAD_REF: "other" })).toBe("feature/x");
  git("checkout", "-q", "--detach");
  expect(await branchOf(project.folder)).toBeUndefined();
  expect(await branchOf(project.folder, { GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "main" })).toBe("main");
  expect(await branchOf(project.folder, { GITHUB_REF_TYPE: "tag", GITHUB_REF_NAME: "v1" })).toBeUndefined();
  expect(await branchOf(project.folder, { CI_COMMIT_BRANCH: "main" })).toBe("main");
  expect(await branchOf(new TestProject().folder)).toBeUndefined();
});

it("a branch of a repository that does not say, or that only GIT_DIR names, is never taken for none", async () => {
  const { project, git } = repository();
  git("checkout", "-q", "-b", "feature/x");
  expect(await branchOf(project.folder, { GIT_DIR: "/elsewhere/.git" })).toBe("feature/x");
  rmSync(project.at(".git/HEAD"));
  expect(await branchOf(project.folder)).toMatch(/^git-unavailable: .*not a git repository/);
  expect(await branchOf(project.folder, { CI_COMMIT_BRANCH: "main" })).toBe("main");
  // What stands there where references are kept as tables.
  project.write(".git/HEAD", "ref: refs/heads/.invalid\n");
  expect(await branchOf(project.folder)).not.toBe(".invalid");
  const outside = new TestProject({ "out.txt": "" });
  const variables = { GIT_DIR: project.at(".git"), PATH: process.env.PATH ?? "" };
  expect(await branchOf(outside.folder, variables)).toMatch(/^git-unavailable: GIT_DIR=/);
  const asking = task({ run: "true", inputs: [], when: branch("main") });
  const asked = await outside.attempt({ asking }, { environment: variables });
  expect(asked.ok ? "" : asked.failures[0]!.message).toBe(
    'Which branch is checked out cannot be determined: git does not answer (the task "asking" has the condition `branch`)',
  );
  const other = task({ run: "true", inputs: [], when: installed("true"), cache: false });
  expect((await outside.attempt({ other }, { environment: { PATH: process.env.PATH ?? "" } })).ok).toBe(true);
});

/** As `files`, and what cannot be told with a question mark. */
async function bytesIn(folder: string) {
  const found = await gitChanges(folder, undefined, environment);
  if (!found.ok) return found.failures.map(({ message }) => message);
  return [...found.value.files, ...found.value.unseen.map((path) => `${path}?`)];
}

it.each([
  ["line endings by attribute", "* text=auto\n", [], "a\r\nb\r\n", "a.txt"],
  ["line endings by setting", "", ["core.autocrlf", "input"], "a\r\nb\r\n", "a.txt"],
  ["a filter that leaves something out", "*.txt filter=cut\n", ["filter.cut.clean", "tr -d x"], "xa\nb\n", "a.txt?"],
  ["an expanded $Id$", "*.txt ident\n", [], "$Id: 1 $\nb\n", "a.txt?"],
])("what git takes for unchanged may have other bytes: %s", async (_, attributes, setting, text, found) => {
  const plain = text.startsWith("$") ? "$Id$\nb\n" : "a\nb\n";
  const { project, git } = repository({ "a.txt": plain, "deep/b.md": "a\n", ".gitattributes": attributes });
  if (setting.length > 0) git("config", ...setting);
  project.write("a.txt", text);
  git("add", "-A");
  expect(await bytesIn(project.folder)).toEqual([found]);
});

it("line endings that a checkout makes are no change, and others are", async () => {
  const attributes = "*.bat text eol=crlf\n*.big filter=lfs -text\n*.sh text eol=lf\n";
  const { project, git } = repository({
    "a.bat": "1\r\n2\r\n",
    "b.sh": "1\n",
    "c.big": "1",
    ".gitattributes": attributes,
  });
  expect(await bytesIn(project.folder)).toEqual([]);
  project.write("a.bat", "1\n2\n");
  git("add", "-A");
  expect(await bytesIn(project.folder)).toEqual(["a.bat"]);
});
