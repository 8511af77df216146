import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { readProvenance } from "../../src/release/provenance.ts";
import { temporaryFolder } from "./support.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

function git(folder: string, ...args: string[]): string {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    GIT_AUTHOR_DATE: "2026-01-05T09:00:00+01:00",
    GIT_COMMITTER_DATE: "2026-01-05T09:00:00+01:00",
  };
  const who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"];
  return execFileSync("git", [...who, ...args], { cwd: folder, env, encoding: "utf8" }).trim();
}

function repository(): string {
  const folder = temporaryFolder();
  git(folder, "init", "--quiet");
  writeFileSync(join(folder, "a ü.txt"), "1");
  git(folder, "add", ".");
  git(folder, "commit", "--quiet", "-m", "First: ü\n\nBody");
  return folder;
}

test("a clean work tree is its commit", async () => {
  const folder = repository();
  expect(await readProvenance(folder)).toEqual({
    git: "commit",
    commit: git(folder, "rev-parse", "HEAD"),
    tree: git(folder, "rev-parse", "HEAD^{tree}"),
    branch: "main",
    dirty: false,
    committedAt: "2026-01-05T09:00:00+01:00",
    subject: "First: ü",
  });
});

test("changes and new files make it dirty, Tidegate's own folder does not", async () => {
  const folder = repository();
  mkdirSync(join(folder, ".tidegate"));
  writeFileSync(join(folder, ".tidegate/state.db"), "");
  expect(await readProvenance(folder)).toMatchObject({ dirty: false });
  writeFileSync(join(folder, "new.txt"), "");
  expect(await readProvenance(folder)).toMatchObject({ dirty: true });
  rmSync(join(folder, "new.txt"));
  writeFileSync(join(folder, "a ü.txt"), "2");
  expect(await readProvenance(folder)).toMatchObject({ dirty: true });
});

test("a project in a folder of a repository is dirty by its own files only", async () => {
  const folder = repository();
  mkdirSync(join(folder, "project"));
  writeFileSync(join(folder, "project/x"), "");
  git(folder, "add", ".");
  git(folder, "commit", "--quiet", "-m", "Second");
  writeFileSync(join(folder, "a ü.txt"), "changed");
  expect(await readProvenance(join(folder, "project"))).toMatchObject({ dirty: false, subject: "Second" });
});

test("without a branch there is none", async () => {
  const folder = repository();
  git(folder, "checkout", "--quiet", "--detach");
  expect(await readProvenance(folder)).not.toHaveProperty("branch");
});

test("a folder without a repository, without a commit, and a machine without git are told apart", async () => {
  const folder = temporaryFolder();
  expect(await readProvenance(folder)).toEqual({ git: "none", because: "noRepository" });
  git(folder, "init", "--quiet");
  expect(await readProvenance(folder)).toEqual({ git: "none", because: "noCommit" });
  expect(await readProvenance(join(folder, ".git"))).toEqual({ git: "none", because: "noRepository" });
  vi.stubEnv("PATH", folder);
  expect(await readProvenance(folder)).toEqual({ git: "none", because: "noGit" });
});

test("a repository that git refuses to read says why", async () => {
  const folder = repository();
  writeFileSync(join(folder, ".git/config"), "[core\n");
  expect(await readProvenance(folder)).toMatchObject({ git: "none", because: "unreadable", detail: /config/ });
});

test("the repository that a hook's environment names is not asked", async () => {
  const folder = repository();
  vi.stubEnv("GIT_DIR", join(repository(), ".git"));
  expect(await readProvenance(folder)).toMatchObject({ commit: git(folder, "rev-parse", "HEAD"), dirty: false });
});

test("a program that the repository wants started while its state is read is not", async () => {
  const folder = repository();
  git(folder, "config", "core.fsmonitor", `touch "${join(folder, ".tidegate-ran")}"; false`);
  await readProvenance(folder);
  expect(await readProvenance(folder)).toMatchObject({ dirty: false });
});
