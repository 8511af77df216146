import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { LeakScanner } from "../../../src/secrets/scan/leak-scanner.ts";
import { scanFiles } from "../../../src/secrets/scan/scan-files.ts";
import { scanHistory } from "../../../src/secrets/scan/scan-history.ts";
import { scanIndex } from "../../../src/secrets/scan/scan-index.ts";
import { treeFiles } from "../../../src/secrets/scan/tree-files.ts";
import { Secret } from "../../../src/secrets/secret.ts";
import { git, repository, scannerOf, temporaryFolder, values, write } from "./support.ts";

const { SESSION_KEY, API_TOKEN } = values;

function noValueIn(told: unknown): void {
  const text = JSON.stringify(told);
  for (const value of Object.values(values)) expect(text).not.toContain(value);
}

describe("in the working tree", () => {
  const scanTree = (folder: string, scanner = scannerOf()) =>
    scanFiles(scanner, { root: folder, paths: treeFiles(folder), where: "tree" });

  test("a value is found with its file, line, key and encoding, and is never told", async () => {
    const folder = temporaryFolder();
    write(folder, "src/app.js", `one\ntwo\nconst key = "${SESSION_KEY}";\n// ${SESSION_KEY}\n`);
    write(
      folder,
      "dist/app.bin",
      Buffer.concat([Buffer.alloc(3_000_000, 7), Buffer.from(`\n${Buffer.from(`a:${API_TOKEN}`).toString("base64")}`)]),
    );
    write(folder, "clean.txt", "nothing here");
    const report = await scanTree(folder);
    expect(report.findings).toEqual([
      {
        where: "tree",
        path: "dist/app.bin",
        line: 2,
        key: "API_TOKEN",
        environment: "production",
        encoding: "base64",
        part: "whole",
        times: 1,
      },
      {
        where: "tree",
        path: "src/app.js",
        line: 3,
        key: "SESSION_KEY",
        environment: "production",
        encoding: "plain",
        part: "whole",
        times: 2,
      },
    ]);
    expect(report).toMatchObject({ files: 3, unreadable: [] });
    noValueIn(report);
  });

  test("a value across the border of two pieces is found in its line", async () => {
    const folder = temporaryFolder();
    for (const before of [1_048_570, 1_048_575, 1_048_576]) {
      write(folder, "big", `\n${"x".repeat(before - 1)}${SESSION_KEY}\n`);
      expect((await scanTree(folder)).findings).toMatchObject([{ path: "big", line: 2 }]);
    }
  });

  test("git's and Tidegate's own folders and node_modules are left out, hidden files are not", async () => {
    const folder = temporaryFolder();
    for (const path of [
      ".git/config",
      ".tidegate/key",
      "node_modules/a/index.js",
      "packages/a/node_modules/b.js",
      ".env",
    ])
      write(folder, path, SESSION_KEY);
    expect((await scanTree(folder)).findings.map(({ path }) => path)).toEqual([".env"]);
  });

  test("links are not followed; where they point to, and what files are called, is looked at", async () => {
    const folder = temporaryFolder();
    const outside = temporaryFolder();
    write(outside, "secret", SESSION_KEY);
    symlinkSync(join(outside, "secret"), join(folder, "to-file"));
    symlinkSync(outside, join(folder, "to-folder"));
    symlinkSync(`nowhere/${API_TOKEN}`, join(folder, "dangling"));
    write(folder, `backup-${SESSION_KEY}.txt`, "nothing");
    const report = await scanTree(folder);
    expect(report.findings.map(({ path, key, line }) => ({ path, key, line }))).toEqual([
      { path: "backup-[secret].txt", key: "SESSION_KEY", line: undefined },
      { path: "dangling", key: "API_TOKEN", line: undefined },
    ]);
    noValueIn(report);
  });

  test("a pipe is not waited for", async () => {
    const folder = temporaryFolder();
    execFileSync("mkfifo", [join(folder, "pipe")]);
    expect(await scanFiles(scannerOf(), { root: folder, paths: ["pipe"], where: "tree" })).toMatchObject({
      findings: [],
      unreadable: [],
    });
  });

  test("what two environments share is told of both, and of a value inside a value only the whole", async () => {
    const folder = temporaryFolder();
    const pem = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n";
    write(folder, "key.pem", pem);
    const secret = { key: "KEY", secret: new Secret(pem) };
    const scanner = new LeakScanner([
      { ...secret, environment: "a" },
      { ...secret, environment: "b" },
    ]);
    const { findings } = await scanTree(folder, scanner);
    expect(findings.map(({ environment, part, times }) => ({ environment, part, times }))).toEqual([
      { environment: "a", part: "whole", times: 1 },
      { environment: "b", part: "whole", times: 1 },
    ]);
  });

  test("without secrets nothing is found, and the files are counted", async () => {
    const folder = temporaryFolder();
    write(folder, "a", "text");
    expect(await scanTree(folder, scannerOf({}))).toMatchObject({ findings: [], files: 1 });
  });
});

describe("in git", () => {
  test("what is staged is found, not what lies in the tree only", async () => {
    const folder = repository();
    write(folder, "a/ü b.txt", `x\n${SESSION_KEY}`);
    write(folder, "copy.txt", `x\n${SESSION_KEY}`);
    git(folder, "add", ".");
    write(folder, "a/ü b.txt", "clean again");
    write(folder, "unstaged.txt", API_TOKEN);
    const report = await scanIndex(scannerOf(), folder);
    expect(report.findings.map(({ path, line, key }) => ({ path, line, key }))).toEqual([
      { path: "a/ü b.txt", line: 2, key: "SESSION_KEY" },
      { path: "copy.txt", line: 2, key: "SESSION_KEY" },
    ]);
    noValueIn(report);
  });

  test("what was removed is found in the history, with the commit that brought it", async () => {
    const folder = repository();
    write(folder, "config.json", JSON.stringify({ key: SESSION_KEY }));
    git(folder, "add", ".");
    git(folder, "commit", "-m", "first");
    const first = git(folder, "rev-parse", "HEAD").trim();
    git(folder, "rm", "config.json");
    git(folder, "commit", "--allow-empty", "-m", `remove ${API_TOKEN}`);
    const second = git(folder, "rev-parse", "HEAD").trim();
    git(folder, "checkout", "--orphan", "empty");
    git(folder, "commit", "--allow-empty", "-m", "nothing");
    let last = 0;
    const report = await scanHistory(scannerOf(), folder, { onProgress: ({ files }) => (last = files) });
    expect(report.findings).toHaveLength(2);
    expect(report.findings).toContainEqual(
      expect.objectContaining({ where: "history", path: "config.json", line: 1, key: "SESSION_KEY", commit: first }),
    );
    expect(report.findings).toContainEqual(expect.objectContaining({ path: second, key: "API_TOKEN", commit: second }));
    expect(last).toBe(report.files);
    noValueIn(report);
  });

  test("names of files and large binary files are looked at", async () => {
    const folder = repository();
    write(folder, `${SESSION_KEY}.txt`, "clean");
    write(
      folder,
      "large.bin",
      Buffer.concat([Buffer.alloc(2_000_000, 1), Buffer.from(API_TOKEN, "utf16le"), Buffer.alloc(10)]),
    );
    git(folder, "add", ".");
    git(folder, "commit", "-m", "x");
    const { findings } = await scanHistory(scannerOf(), folder);
    expect(findings.map(({ key, encoding }) => `${key} ${encoding}`).sort()).toEqual([
      "API_TOKEN utf-16",
      "SESSION_KEY plain",
    ]);
  });

  test("in a hook, whose variables name another repository, the project's own is searched", async () => {
    const [folder, other] = [repository(), repository()];
    write(folder, "config.json", JSON.stringify({ key: SESSION_KEY }));
    git(folder, "add", ".");
    git(folder, "commit", "-m", "x");
    for (const [name, value] of [
      ["GIT_DIR", join(other, ".git")],
      ["GIT_WORK_TREE", other],
      ["GIT_INDEX_FILE", join(other, ".git/index")],
    ] as const)
      vi.stubEnv(name, value);
    try {
      expect((await scanIndex(scannerOf(), folder)).findings).toMatchObject([{ path: "config.json" }]);
      expect((await scanHistory(scannerOf(), folder)).findings).toMatchObject([{ path: "config.json" }]);
      await expect(scanIndex(scannerOf(), temporaryFolder())).rejects.toThrow(/not a git repository/);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test("a folder without a repository is an error that says so", async () => {
    await expect(scanIndex(scannerOf(), temporaryFolder())).rejects.toThrow(/not a git repository/);
    await expect(scanHistory(scannerOf(), temporaryFolder())).rejects.toThrow(/not a git repository/);
  });

  test("an empty repository has nothing", async () => {
    const folder = repository();
    expect(await scanHistory(scannerOf(), folder)).toMatchObject({ findings: [], files: 0 });
    expect(await scanIndex(scannerOf(), folder)).toMatchObject({ findings: [], files: 0 });
  });
});
