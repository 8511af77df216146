import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CliOptions, runCli } from "../support/cli.ts";
import { linesOf } from "../support/events.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";
import { scriptProject } from "./project.ts";

const project = () =>
  scriptProject(
    `import { flags } from "./flags.ts";
const build = task({ run: \`node build.mjs \${flags}\`, inputs: ["src/**", "build.mjs"], outputs: ["dist/"], env: ["MODE"] });
const test = task({ run: "./tools/check", needs: [build], inputs: ["tools/**", "links/**", "*.json"], stage: "verify" });`,
    {
      "flags.ts": `export const flags = "fast";\n`,
      "src/a.txt": "one\n",
      "src/deep/b.txt": "two\n",
      "build.mjs": `import { mkdirSync, writeFileSync } from "node:fs"; mkdirSync("dist/empty", { recursive: true }); writeFileSync("dist/out.txt", "1"); console.log("built");`,
      "tools/check": "#!/bin/sh\necho tested\n",
      "settings.json": "{}\n",
      "elsewhere/c.txt": "three\n",
    },
  );

/** Runs until a run that does nothing has been kept: what was just written may not be trusted yet. */
async function standing(options: CliOptions): Promise<void> {
  rmSync(fileOf(options.cwd), { force: true });
  for (let tries = 0; tries < 50 && !existsSync(fileOf(options.cwd)); tries += 1) await runCli(["run"], options);
  expect(existsSync(fileOf(options.cwd))).toBe(true);
}

async function prepared(): Promise<string> {
  const cwd = project();
  chmodSync(join(cwd, "tools/check"), 0o755);
  mkdirSync(join(cwd, "links"));
  symlinkSync("../elsewhere/c.txt", join(cwd, "links/c"));
  await standing({ cwd });
  for (const file of ["src/a.txt", "dist/out.txt"]) utimesSync(join(cwd, file), earlier, earlier);
  await standing({ cwd });
  return cwd;
}

/** A time that can be set exactly, and that is no whole second. */
const earlier = 1_700_000_000.5;

function fileOf(cwd: string): string {
  return join(cwd, ".tidegate/cache/standing");
}

/** A run that looks at everything takes the lock, and so changes the folder that it is in. */
function lastLock(cwd: string): number {
  return statSync(join(cwd, ".tidegate/running")).mtimeMs;
}

function withoutTimes(text: string): string {
  return text.replace(/run \d+/g, "run N").replace(/ *\b\d+(\.\d)? (ms|s)\b/g, " TIME");
}

/** How many were hits, and how many ran. */
async function counts(cwd: string, env: CliOptions["env"] = {}): Promise<string> {
  const { stderr } = await runCli(["run"], { cwd, env });
  return /succeeded in .*: (.*)\n$/.exec(stderr)?.[1] ?? stderr;
}

describe("a run in which nothing has to be done", () => {
  it("is told without looking at everything again, in the same words", async () => {
    const cwd = await prepared();
    const before = lastLock(cwd);
    const told = await runCli(["run"], { cwd });
    expect(lastLock(cwd)).toBe(before);
    rmSync(fileOf(cwd));
    const looked = await runCli(["run"], { cwd });
    expect(lastLock(cwd)).not.toBe(before);
    expect(told.code).toBe(0);
    expect(withoutTimes(told.stderr)).toBe(withoutTimes(looked.stderr));
  });

  it("is told as the same events, and is on record like any other", async () => {
    const cwd = await prepared();
    const before = lastLock(cwd);
    const told = await runCli(["run", "--json"], { cwd });
    expect(lastLock(cwd)).toBe(before);
    const events = linesOf(told.stdout);
    expect(events.map(({ type }) => type)).toEqual(["runStarted", "taskHit", "taskHit", "runFinished"]);
    const { run } = events[0]!;
    expect((await runCli(["explain", "build", "--run", run], { cwd })).stdout).toContain("came from the cache");
    expect((await runCli(["logs", "build", "--run", run], { cwd })).stdout).toBe("built\n");
    const record = JSON.parse(readFileSync(join(cwd, ".tidegate/runs", run, "run.json"), "utf8"));
    expect(record).toMatchObject({ run, outcome: "succeeded", asked: [], force: false });
  });

  it("restores outputs that are gone, exactly, and says so", async () => {
    const cwd = await prepared();
    rmSync(join(cwd, "dist"), { recursive: true });
    const { stdout } = await runCli(["run", "--json"], { cwd });
    const hits = linesOf(stdout).filter(({ type }) => type === "taskHit");
    expect(hits.map(({ task, restored }) => [task, restored])).toEqual([
      ["build", 1],
      ["test", 0],
    ]);
    expect(readdirSync(join(cwd, "dist"))).toEqual(["empty", "out.txt"]);
    expect(readFileSync(join(cwd, "dist/out.txt"), "utf8")).toBe("1");
    const explained = await runCli(["explain", "build"], { cwd });
    expect(explained.stdout).toContain("came from the cache");
    expect(await counts(cwd)).toBe("2 hits");
  });

  it("runs a task again whose outputs are gone and are damaged or missing in the cache, too", async () => {
    for (const spoil of [(file: string) => rmSync(file), (file: string) => overwrite(file)]) {
      const cwd = await prepared();
      rmSync(join(cwd, "dist"), { recursive: true });
      const blobs = join(cwd, ".tidegate/cache/blobs");
      for (const file of filesBelow(blobs)) if (readFileSync(file, "utf8") === "1") spoil(file);
      expect(await counts(cwd)).toBe("1 hit, 1 ran");
      expect(readFileSync(join(cwd, "dist/out.txt"), "utf8")).toBe("1");
    }
  });

  it("restores nothing behind a link that leads out of the project", async () => {
    const cwd = scriptProject(
      `const build = task({ run: "mkdir -p gen/out && touch gen/out/a", inputs: ["in.txt"], outputs: ["gen/out/"] });`,
      { "in.txt": "" },
    );
    await standing({ cwd });
    const outside = tempFolder();
    rmSync(join(cwd, "gen"), { recursive: true });
    symlinkSync(outside, join(cwd, "gen"));
    const { code, stderr } = await runCli(["run"], { cwd });
    expect({ code, said: stderr.includes("path-outside-project") }).toEqual({ code: 2, said: true });
    expect(readdirSync(outside)).toEqual([]);
  });

  it("does not keep more and more records", async () => {
    const cwd = await prepared();
    for (let each = 1; each <= 80; each += 1)
      mkdirSync(join(cwd, ".tidegate/runs", String(1000 + each)), { recursive: true });
    for (let each = 0; each < 11; each += 1) await runCli(["run"], { cwd });
    expect(readdirSync(join(cwd, ".tidegate/runs")).length).toBeLessThanOrEqual(60);
  });

  it("is looked at in full when the call is another one", async () => {
    const cwd = await prepared();
    for (const args of [["test"], ["--force"], ["--replay"], ["--confine", "declared"], ["--junit", "run.xml"]]) {
      const before = lastLock(cwd);
      await runCli(["run", ...args], { cwd });
      expect(lastLock(cwd), args.join(" ")).not.toBe(before);
    }
  });
});

describe("nothing is told as before after a change:", () => {
  const changes: readonly (readonly [what: string, change: (cwd: string) => void, after: string])[] = [
    [
      "an input has other bytes, as many, at the same time",
      (cwd) => keepTime(join(cwd, "src/a.txt"), "eno\n"),
      "1 hit, 1 ran",
    ],
    [
      "an input is replaced by a file of the same size and time",
      (cwd) => replaceFile(join(cwd, "src/a.txt"), "eno\n"),
      "1 hit, 1 ran",
    ],
    ["an input can be executed", (cwd) => chmodSync(join(cwd, "src/a.txt"), 0o755), "1 hit, 1 ran"],
    ["an input is new", (cwd) => writeFileSync(join(cwd, "src/deep/new.txt"), ""), "1 hit, 1 ran"],
    ["an input is gone", (cwd) => rmSync(join(cwd, "src/deep/b.txt")), "1 hit, 1 ran"],
    [
      "an input is new that only its name makes one",
      (cwd) => writeFileSync(join(cwd, ".npmrc"), "a=b\n"),
      "1 hit, 1 ran",
    ],
    ["an input is new beside others", (cwd) => writeFileSync(join(cwd, "more.json"), "{}"), "1 hit, 1 ran"],
    [
      "what a link leads to is changed",
      (cwd) => appendFileSync(join(cwd, "elsewhere/c.txt"), "more\n"),
      "1 hit, 1 ran",
    ],
    ["a link leads elsewhere", (cwd) => relink(join(cwd, "links/c"), "../settings.json"), "1 hit, 1 ran"],
    ["a program is changed", (cwd) => appendFileSync(join(cwd, "tools/check"), "echo more\n"), "1 hit, 1 ran"],
    ["a program is found earlier", (cwd) => installProgram(cwd, "node"), "1 hit, 1 ran"],
    [
      "the definition is changed",
      (cwd) => edit(join(cwd, "tidegate.config.ts"), "./tools/check", "./tools/check 2"),
      "1 hit, 1 ran",
    ],
    ["what the definition imports is changed", (cwd) => edit(join(cwd, "flags.ts"), "fast", "slow"), "1 hit, 1 ran"],
    ["an output is changed", (cwd) => keepTime(join(cwd, "dist/out.txt"), "2"), "2 hits"],
    ["an output is gone", (cwd) => rmSync(join(cwd, "dist"), { recursive: true }), "2 hits"],
    ["an empty output folder is gone", (cwd) => rmSync(join(cwd, "dist/empty"), { recursive: true }), "2 hits"],
    ["there is more among the outputs", (cwd) => writeFileSync(join(cwd, "dist/stray.txt"), ""), "2 hits"],
    ["an output has another mode", (cwd) => chmodSync(join(cwd, "dist/out.txt"), 0o600), "2 hits"],
    ["entries are gone", (cwd) => rmSync(join(cwd, ".tidegate/cache/entries"), { recursive: true }), "2 ran"],
    ["an entry is damaged", (cwd) => damageEntries(cwd), "2 ran"],
    ["the cache is gone", (cwd) => rmSync(join(cwd, ".tidegate/cache"), { recursive: true }), "2 ran"],
  ];
  it.each(changes)("%s", async (_, change, after) => {
    const cwd = await prepared();
    change(cwd);
    expect(await counts(cwd)).toBe(after);
    expect(readFileSync(join(cwd, "dist/out.txt"), "utf8")).toBe("1");
    expect(readdirSync(join(cwd, "dist"))).toEqual(["empty", "out.txt"]);
    expect(statSync(join(cwd, "dist/out.txt")).mode & 0o777).not.toBe(0o600);
  });

  it("a variable that counts or is declared has another value, or the search path", async () => {
    const cwd = await prepared();
    expect(await counts(cwd, { MODE: "production" })).toBe("1 hit, 1 ran");
    await standing({ cwd, env: { MODE: "production" } });
    expect(readFileSync(fileOf(cwd), "latin1")).not.toContain("production");
    expect(await counts(cwd, { MODE: "staging" })).toBe("1 hit, 1 ran");
    await standing({ cwd, env: { MODE: "production", LANG: "tlh" } });
    expect(await counts(cwd, { MODE: "production", LANG: "de" })).toBe("2 ran");
    const PATH = `${join(cwd, "bin")}:${process.env.PATH}`;
    mkdirSync(join(cwd, "bin"));
    await standing({ cwd, env: { PATH } });
    installProgram(cwd, "other");
    writeFileSync(join(cwd, "bin/node"), `#!/bin/sh\nexec ${process.execPath} "$@"\n`, { mode: 0o755 });
    expect(await counts(cwd, { PATH })).toBe("1 hit, 1 ran");
    await standing({ cwd, env: { PATH } });
    expect(await counts(cwd)).toBe("2 hits");
  });

  it("promise 1: the project says another Node, and goes back to the one before", async () => {
    const cwd = await prepared();
    const home = tempFolder({}, "home");
    const bin = join(home, ".nvm/versions/node/v99.1.0/bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "node"), `#!/bin/sh\nexec '${process.execPath}' "$@"\n`, { mode: 0o755 });
    writeFileSync(join(cwd, ".nvmrc"), "99\n");
    expect(await counts(cwd, { HOME: home })).toBe("1 hit, 1 ran");
    writeFileSync(join(cwd, ".nvmrc"), `${process.versions.node}\n`);
    expect(await counts(cwd, { HOME: home })).toBe("2 hits");
  });

  it("what was kept is damaged: it is as if it were not there", async () => {
    const cwd = await prepared();
    const whole = readFileSync(fileOf(cwd));
    for (const at of [0, 20, Math.floor(whole.length / 2), whole.length - 1]) {
      const damaged = Buffer.from(whole);
      damaged[at] = damaged[at]! ^ 1;
      writeFileSync(fileOf(cwd), damaged);
      const before = lastLock(cwd);
      expect(await counts(cwd)).toBe("2 hits");
      expect(lastLock(cwd)).not.toBe(before);
    }
    writeFileSync(fileOf(cwd), whole.subarray(0, 100));
    expect(await counts(cwd)).toBe("2 hits");
  });

  it("a killed run left a note of a task: it is looked after first", async () => {
    const cwd = await prepared();
    writeFileSync(join(cwd, ".tidegate/running/7.0.json"), "");
    expect(await counts(cwd)).toBe("2 hits");
    expect(readdirSync(join(cwd, ".tidegate/running"))).toEqual([]);
  });
});

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The time that programs look at is as it was; the one that they cannot set is not. */
function keepTime(file: string, text: string): void {
  writeFileSync(file, text);
  utimesSync(file, earlier, earlier);
}

function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  utimesSync(`${file}.new`, earlier, earlier);
  renameSync(`${file}.new`, file);
}

function relink(file: string, target: string): void {
  rmSync(file);
  symlinkSync(target, file);
}

function installProgram(cwd: string, name: string): void {
  mkdirSync(join(cwd, "node_modules/.bin"), { recursive: true });
  writeFileSync(join(cwd, "node_modules/.bin", name), `#!/bin/sh\nexec ${process.execPath} "$@"\n`, { mode: 0o755 });
}

function edit(file: string, from: string, to: string): void {
  writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
}

function overwrite(file: string): void {
  chmodSync(file, 0o644);
  writeFileSync(file, "2");
}

function damageEntries(cwd: string): void {
  const folder = join(cwd, ".tidegate/cache/entries");
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), "utf8");
    writeFileSync(join(folder, name), text.replace("durationMs", "durationMS"));
  }
}

describe("in a workspace nothing is told as before when", () => {
  const changes: readonly (readonly [what: string, change: (cwd: string) => void, after: string])[] = [
    ["there is a further package", (cwd) => writePackage(cwd, "packages/group/c", "c"), "2 hits, 1 ran"],
    ["a package is gone", (cwd) => rmSync(join(cwd, "packages/b"), { recursive: true }), "1 hit"],
    ["a package has another script", (cwd) => edit(join(cwd, "packages/a/package.json"), "cat", "ls"), "2 ran"],
    ["a package has programs of its own", (cwd) => installProgram(join(cwd, "packages/b"), "cat"), "1 hit, 1 ran"],
    ["the workspace has a lockfile", (cwd) => writeFileSync(join(cwd, "package-lock.json"), "{}"), "2 ran"],
    [
      "the workspace is another one",
      (cwd) => writeFileSync(join(cwd, "pnpm-workspace.yaml"), "packages: [packages/a]\n"),
      "1 hit",
    ],
  ];
  it.each(changes)("%s", async (_, change, after) => {
    const cwd = workspace();
    await standing({ cwd });
    const before = lastLock(cwd);
    expect(await counts(cwd)).toBe("2 hits");
    expect(lastLock(cwd)).toBe(before);
    change(cwd);
    expect(await counts(cwd)).toBe(after);
  });
});

describe("in a workspace", () => {
  it("what was restored after a look at everything is restored without one the next time", async () => {
    const cwd = workspace({ build: "mkdir -p dist && cat src/index.js > dist/index.js" });
    await runCli(["run"], { cwd });
    rmSync(fileOf(cwd), { force: true });
    const removeOutputs = () => rmSync(join(cwd, "packages/a/dist"), { recursive: true });
    for (let tries = 0; tries < 50 && !existsSync(fileOf(cwd)); tries += 1) {
      removeOutputs();
      await runCli(["run"], { cwd });
    }
    expect(existsSync(fileOf(cwd))).toBe(true);
    removeOutputs();
    expect(await counts(cwd)).toBe("2 hits");
    expect(readFileSync(join(cwd, "packages/a/dist/index.js"), "utf8")).toBe("\n");
  });

  it("a package that gets programs of its own just after a look is looked at again", async () => {
    const cwd = workspace();
    await standing({ cwd });
    installProgram(join(cwd, "packages/a"), "cat");
    expect(await counts(cwd)).toBe("1 hit, 1 ran");
    rmSync(join(cwd, "packages/a/node_modules"), { recursive: true });
    expect(await counts(cwd)).toBe("2 hits");
  });
});

function workspace(scripts: Readonly<Record<string, string>> = { build: "cat src/index.js" }): string {
  const cwd = tempFolder({
    "tidegate.config.ts": `import { defineProject, workspace } from "tidegate";
const packages = workspace({ build: { needs: ["^build"], inputs: ["src/**"], outputs: [${scripts.build!.includes("dist") ? '"dist/"' : ""}] } });
export default defineProject({ name: "shop", pipeline: {}, packages });
`,
    "package.json": JSON.stringify({ name: "shop", workspaces: ["packages/*", "packages/group/*"] }),
  });
  mkdirSync(join(cwd, "packages/group"), { recursive: true });
  writePackage(cwd, "packages/a", "a", {}, scripts);
  writePackage(cwd, "packages/b", "b", { a: "*" }, scripts);
  return cwd;
}

function writePackage(
  cwd: string,
  folder: string,
  name: string,
  dependencies: object = {},
  scripts: object = { build: "cat src/index.js" },
): void {
  writeFiles(cwd, {
    [`${folder}/package.json`]: JSON.stringify({ name, version: "1.0.0", scripts, dependencies }),
    [`${folder}/src/index.js`]: "\n",
  });
}
