import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { documentNames, factsName } from "../../src/documents/names.ts";
import { binFile, runCli } from "../support/cli.ts";
import { taskPath, taskProject, vision } from "../support/task-project.ts";
import { tempFolder } from "../support/temp-folder.ts";

const step = "01_Machine/03_Brain/Step.json";
const dna = "01_Machine/03_Brain/DNA.json";
const documents = [...documentNames, factsName].map((name) => `${vision}/${name}`);
const touched = [...documents, taskPath, step, dna];

/** The projects of these tests have no compiler, and that is said. */
const told = "! not checked: tidegate check: types, no TypeScript here\n";

const run = (folder: string, ...args: readonly string[]) => runCli(["docs", ...args], { cwd: folder });

/** What a call leaves, without the moment at which it was made; a file that is not there is `undefined`. */
function contents(folder: string): readonly (string | undefined)[] {
  return touched.map((path) => {
    const file = join(folder, path);
    return existsSync(file) ? readFileSync(file, "utf8").replaceAll(/(complete\w+"): "[^"]+"/g, "$1") : undefined;
  });
}

function times(folder: string): ReadonlySet<string> {
  const texts = [step, dna].map((path) => readFileSync(join(folder, path), "utf8"));
  return new Set(texts.flatMap((text) => [...text.matchAll(/complete\w+": "([^"]+)"/g)].map(([, time]) => time!)));
}

describe("tidegate docs --task", () => {
  test("says what it wrote, and at a repeat that nothing had changed", async () => {
    const folder = tempFolder(taskProject());
    const first = await run(folder, "--task", taskPath);
    expect(first).toEqual({
      code: 0,
      stdout: `✔ P03-S09-T09 SUCCEEDED\n${touched.map((path) => `  ${path}\n`).join("")}`,
      stderr: told,
    });
    const second = await run(folder, "--task", taskPath);
    expect(second).toEqual({ code: 0, stdout: "✔ P03-S09-T09 SUCCEEDED: nothing had changed\n", stderr: told });
    const asData = await run(folder, "--task", taskPath, "--json");
    expect(JSON.parse(asData.stdout)).toMatchObject({ type: "task", task: "P03-S09-T09", files: [] });
  });

  test("ends with 3, says what is missing and writes nothing when the project is not ready", async () => {
    const definition = taskProject()["tidegate.config.ts"]!.replace('stage: "verify"', 'stage: "other"');
    const folder = tempFolder({ ...taskProject(), "tidegate.config.ts": definition });
    const before = contents(folder);
    const { code, stderr } = await run(folder, "--task", taskPath);
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining("nothing is tested") });
    expect(stderr).toContain("--status failed");
    expect(contents(folder)).toEqual(before);
  });

  test("is done once by several processes at the same time: each ends well, and no file is broken", async () => {
    const [folder, whole] = [tempFolder(taskProject()), tempFolder(taskProject())];
    await run(whole, "--task", taskPath);
    const calls = [
      ["--task", taskPath],
      ["--task", taskPath],
      ["--out", vision],
    ].map((args) => run(folder, ...args));
    const ended = await Promise.all(calls);
    expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      [told, told, ""].map((stderr) => ({ code: 0, stderr })),
    );
    const wrote = ended.filter(({ stdout }) => stdout.includes(`  ${step}\n`));
    expect(wrote).toHaveLength(1);
    expect(contents(folder)).toEqual(contents(whole));
    expect(times(folder).size).toBe(1);
  });

  test("that succeeds and fails at the same time ends as one of the two, in all files", async () => {
    const folder = tempFolder(taskProject());
    const ended = await Promise.all([
      run(folder, "--task", taskPath),
      run(folder, "--task", taskPath, "--status", "failed"),
    ]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    const statuses = [step, dna].map(
      (path) => /"status": "(SUCCEEDED|FAILED)"/.exec(readFileSync(join(folder, path), "utf8"))![1],
    );
    expect(new Set(statuses).size).toBe(1);
    for (const path of documents) expect(existsSync(join(folder, path)), path).toBe(true);
    expect(readFileSync(join(folder, taskPath), "utf8").match(/^- \[x\]/gm)).toHaveLength(4);
  });

  test("writes all or nothing when it is killed at any of its writes: the next call ends as if it had not been", async () => {
    const whole = tempFolder(taskProject());
    expect((await run(whole, "--task", taskPath)).code).toBe(0);
    let at = 0;
    for (let isKilled = true; isKilled; at += 1) {
      const folder = tempFolder(taskProject());
      const killer = join(folder, "../killer.mjs");
      writeFileSync(killer, killerAt(at));
      const { code } = await runCli(["docs", "--task", taskPath], {
        cwd: folder,
        program: ["--import", killer, binFile()],
      });
      isKilled = code === null;
      const again = await run(folder, "--task", taskPath);
      expect(again, `killed at write ${at}`).toMatchObject({ code: 0, stderr: told });
      expect(contents(folder), `killed at write ${at}`).toEqual(contents(whole));
      expect(times(folder).size).toBe(1);
    }
    // Before and after each of the files and of the list of them, and before that list is forgotten.
    expect(at - 1).toBe(2 * (touched.length + 1) + 1);
  });
});

/** A program that kills itself at its n-th write of the project, counted from 0: in front of each rename and behind it. */
function killerAt(n: number): string {
  return `
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
let left = ${n};
const pass = () => { if (left-- === 0) process.kill(process.pid, "SIGKILL"); };
const counts = (path) => /01_Machine|writing\\.json/.test(String(path));
const { renameSync, rmSync } = fs;
fs.renameSync = (from, to) => {
  if (!counts(to)) return renameSync(from, to);
  pass();
  renameSync(from, to);
  pass();
};
fs.rmSync = (path, options) => {
  if (counts(path)) pass();
  return rmSync(path, options);
};
syncBuiltinESMExports();
`;
}
