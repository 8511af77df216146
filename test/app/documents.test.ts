import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkDocuments } from "../../src/app/documents/check.ts";
import { placesIn, writeDocuments } from "../../src/app/documents/write.ts";
import { parity } from "../../src/app/environments/parity.ts";
import { withSession } from "../../src/app/session.ts";
import { documentNames, factsName } from "../../src/documents/names.ts";
import { finishWriting } from "../../src/files/write-together.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";
import { failureOf, lendPackages, portsFor, unwrap } from "./ports.ts";

const definition = `import { defineProject, differs, local, rolling, service, task } from "tidegate";
import { z } from "zod";
const build = task({ run: "make", inputs: ["src/**"], outputs: ["dist/"] });
const web = service({ run: "node dist/server.js", files: ["dist/"], health: "/healthz" });
export default defineProject({
  name: "small",
  pipeline: { build },
  services: { web },
  config: { LEVEL: differs(z.enum(["debug", "info"]), "staging is chatty") },
  environments: {
    staging: { driver: local(), strategy: rolling(), config: { LEVEL: "debug" } },
    production: { driver: local(), strategy: rolling(), after: "staging", config: { LEVEL: "info" } },
  },
});
`;

function projectFolder(content = definition): string {
  const folder = tempFolder({ "tidegate.config.ts": content, "src/a.c": "" });
  lendPackages(folder);
  return folder;
}

const placesOf = (folder: string) => placesIn(join(folder, "docs"));

async function write(folder: string, force = false) {
  return withSession(portsFor(folder), "look", (session) =>
    writeDocuments(session, { places: placesOf(folder), force }),
  );
}

async function check(folder: string) {
  return checkDocuments(portsFor(folder), { places: placesOf(folder), strict: false });
}

/** The same documents beside another definition, which is loaded anew: a definition is imported once per process. */
function cloneWith(folder: string, content: string): string {
  const clone = projectFolder(content);
  const copied = Object.values(placesOf(folder)).map((path) => [
    `docs/${path.split("/").at(-1)}`,
    readFileSync(path, "utf8"),
  ]);
  writeFiles(clone, Object.fromEntries(copied));
  return clone;
}

function commit(folder: string, at: string): void {
  const env = { ...process.env, GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at };
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, env });
  git("init", "--quiet");
  git("add", "tidegate.config.ts");
  git("-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "--quiet", "--message", "A commit");
}

/** Figures of three deployments within a week; `from`: what they count from. */
function doraOf({ deploymentsPerWeek, from }: { readonly deploymentsPerWeek: number; readonly from?: string }) {
  const figure = { times: 3 };
  return {
    environment: "production",
    days: 90,
    until: "2026-01-03",
    ...(from !== undefined && { from }),
    leadTimeMs: figure,
    deploymentsPerWeek: { ...figure, value: deploymentsPerWeek },
    recoveryMs: figure,
    changeFailRate: figure,
    changeFailRateWithAborted: figure,
    reworkRate: figure,
    leftOut: [],
  };
}

describe("the four documents", () => {
  test("are written beside the facts that they are made of, and are true then", async () => {
    const folder = projectFolder();
    unwrap(await write(folder));
    expect(readdirSync(join(folder, "docs")).sort()).toEqual([...documentNames, factsName].sort());
    expect(unwrap(await check(folder))).toEqual({ moved: [] });
  });

  test("are checked in a fresh clone, where nothing but the repository is known", async () => {
    const folder = projectFolder();
    unwrap(await write(folder));
    expect((await check(cloneWith(folder, definition))).ok).toBe(true);
  });

  test("fail their check once the definition says something else, and the failure says what", async () => {
    const folder = projectFolder();
    unwrap(await write(folder));
    const failure = failureOf(await check(cloneWith(folder, definition.replace('"make"', '"make all"'))));
    expect(failure).toMatchObject({ code: "documents-stale", cause: 'tasks.build.run: "make" → "make all"' });
    expect(failure.hint).toContain("tidegate docs --out docs");
  });

  test("keep what a person wrote, and tell an edit anywhere else", async () => {
    const folder = projectFolder();
    unwrap(await write(folder));
    const path = placesOf(folder)["DevOps_Pipeline_Specifications.md"];
    const before = readFileSync(path, "utf8");
    writeFileSync(path, before.replace("<!-- written: tools -->\n", "<!-- written: tools -->\nWe like make.\n"));
    expect((await check(folder)).ok).toBe(true);
    unwrap(await write(folder));
    expect(readFileSync(path, "utf8")).toContain("We like make.");
    writeFileSync(path, readFileSync(path, "utf8").replace("Tools", "Toys"));
    const told = {
      code: "documents-edited",
      message: 'A generated part of DevOps_Pipeline_Specifications.md was edited by hand, in "Contents"',
      location: { file: path, line: 12 },
      cause: "Generated was: 1. [Tools](#1-tools)",
    };
    expect(failureOf(await check(folder))).toMatchObject(told);
    expect(failureOf(await write(folder))).toMatchObject(told);
    expect(readFileSync(path, "utf8")).toContain("Toys");
    unwrap(await write(folder, true));
    expect(readFileSync(path, "utf8")).not.toContain("Toys");
    expect(readFileSync(path, "utf8")).toContain("We like make.");
  });

  test("tell an edit below what a person wrote by its line in the file, and one of JSON by its key", async () => {
    const folder = projectFolder();
    unwrap(await write(folder));
    const { "Environment_Management_Strategy.md": strategy, "CICD_Automation_Plan.json": plan } = placesOf(folder);
    const text = readFileSync(strategy, "utf8")
      .replace("<!-- written: secrets -->\n", "<!-- written: secrets -->\none\n## two\n")
      .replace("One rule", "Two rules");
    writeFileSync(strategy, text);
    writeFileSync(plan, readFileSync(plan, "utf8").replace('"run": "make"', '"run": "make it"'));
    const written = await write(folder);
    const failures = written.ok ? [] : written.failures;
    expect(failures).toMatchObject([
      { message: expect.stringContaining('"tasks.0.run"'), cause: 'Generated was: "make"' },
      {
        message: expect.stringContaining('"3 Configuration as code"'),
        location: { file: strategy, line: text.split("\n").findIndex((line) => line.startsWith("Two rules")) + 1 },
      },
    ]);
    const line = readFileSync(plan, "utf8").split("\n")[failures[0]!.location!.line - 1];
    expect(line).toContain("make it");
  });

  test("whose facts are gone are not written over: how to get those back is said", async () => {
    const folder = projectFolder();
    unwrap(await write(folder));
    rmSync(placesOf(folder)[factsName]);
    const { code, message, hint } = failureOf(await write(folder));
    expect(code).toBe("documents-edited");
    expect(message).toContain("There is no tidegate.facts.json");
    expect(hint).toContain("git checkout -- docs/tidegate.facts.json. Or");
    expect(hint).toMatch(/--force, which discards edits outside the marks in DevOps_Pipeline_Specifications\.md/);
    unwrap(await write(folder, true));
    expect((await check(folder)).ok).toBe(true);
  });

  test("promise 6: are not written where one would contain a secret's value, in whatever encoding", async () => {
    const value = "a value that nobody may see";
    const leaky = definition
      .replace('"make"', `"curl -H 'token: ${Buffer.from(value).toString("base64")}'"`)
      .replace("config: { LEVEL", "config: { TOKEN: secret(z.string()), LEVEL")
      .replace("service, task }", "secret, service, task }");
    const folder = projectFolder(leaky);
    const ports = portsFor(folder, { STAGING_TOKEN: value, PRODUCTION_TOKEN: "another one" });
    const written = await withSession(ports, "look", (session) =>
      writeDocuments(session, { places: placesOf(folder), force: true }),
    );
    expect(failureOf(written)).toMatchObject({ code: "secret-leaked" });
    expect(JSON.stringify(written)).not.toContain(value);
    expect(existsSync(join(folder, "docs"))).toBe(false);
  });

  test("are all written, or none: what a kill left is finished by the next call", async () => {
    const folder = projectFolder();
    unwrap(await write(folder));
    const places = Object.values(placesOf(folder));
    const whole = places.map((path) => readFileSync(path, "utf8"));
    const digest = (content: string) => createHash("sha256").update(content).digest("hex");
    for (let done = 0; done <= places.length; done += 1) {
      // As a kill leaves it: the intent is there, and so many of the files are.
      const files = places.map((path, index) => ({ path, text: whole[index]!, before: digest("before") }));
      for (const [index, path] of places.entries()) writeFileSync(path, index < done ? whole[index]! : "before");
      writeFileSync(join(folder, ".tidegate", "writing.json"), JSON.stringify({ v: 1, files }));
      expect(finishWriting(join(folder, ".tidegate")).ok).toBe(true);
      expect(places.map((path) => readFileSync(path, "utf8"))).toEqual(whole);
      expect(existsSync(join(folder, ".tidegate", "writing.json"))).toBe(false);
    }
  });

  test("that somebody changed after a kill are not overwritten by what the kill left", async () => {
    const folder = projectFolder();
    unwrap(await write(folder));
    const path = placesOf(folder)["CICD_Automation_Plan.json"];
    const files = [{ path, text: "new", before: "of something else" }];
    writeFileSync(join(folder, ".tidegate", "writing.json"), JSON.stringify({ v: 1, files }));
    expect(failureOf(await write(folder)).code).toBe("documents-edited");
    expect(readFileSync(path, "utf8")).not.toBe("new");
  });

  test("keep the notes of a plan, and what was written for a section that is there no longer", async () => {
    const folder = projectFolder();
    unwrap(await write(folder));
    const { "CICD_Automation_Plan.json": plan, "Environment_Management_Strategy.md": strategy } = placesOf(folder);
    writeFileSync(plan, readFileSync(plan, "utf8").replace('"notes": {}', '"notes": { "why": "because we can" }'));
    const old = "<!-- written: of-before -->\nOld, and dear to us.\n<!-- /written: of-before -->\n";
    writeFileSync(
      strategy,
      readFileSync(strategy, "utf8").replace("<!-- written: secrets -->", `${old}<!-- written: secrets -->`),
    );
    unwrap(await write(folder, true));
    expect(JSON.parse(readFileSync(plan, "utf8")).notes).toEqual({ why: "because we can" });
    expect(readFileSync(strategy, "utf8")).toContain("Old, and dear to us.");
    expect((await check(folder)).ok).toBe(true);
    unwrap(await write(folder));
    expect(readFileSync(strategy, "utf8").match(/Old, and dear to us/g)).toHaveLength(1);
  });

  test("promise 23: are the same bytes in a copy with another history: they name no commit", async () => {
    const folder = projectFolder();
    commit(folder, "2026-01-02T03:04:05Z");
    unwrap(await write(folder));
    const texts = (of: string) => Object.values(placesOf(of)).map((path) => readFileSync(path, "utf8"));
    const facts = JSON.parse(readFileSync(placesOf(folder)[factsName], "utf8"));
    expect(facts.observed.changes).toEqual([{ key: "LEVEL", at: "2026-01-02" }]);
    const copy = cloneWith(folder, definition);
    commit(copy, "2026-05-06T07:08:09Z");
    unwrap(await write(copy));
    expect(texts(copy)).toEqual(texts(folder));
    const changed = cloneWith(folder, definition.replace("staging is chatty", "people look at staging"));
    commit(changed, "2026-05-06T07:08:09Z");
    unwrap(await write(changed));
    expect(readFileSync(placesOf(changed)[factsName], "utf8")).toContain('"at": "2026-05-06"');
  });

  test("tell of a pair every difference that is declared, whoever allows it", async () => {
    const folder = projectFolder();
    unwrap(await write(folder));
    const { observed } = JSON.parse(readFileSync(placesOf(folder)[factsName], "utf8"));
    const pair = unwrap(
      await withSession(portsFor(folder), "look", (session) =>
        parity(session, { environments: ["staging", "production"] }),
      ),
    );
    const declared = pair.rows.filter(({ verdict }) => verdict === "declared");
    const named = observed.parity.pairs[0].declared.map(({ what }: { readonly what: string }) => what);
    expect(named).toEqual(declared.map(({ dimension, key }) => `${dimension} ${key}`));
    expect(named).toContain("place after");
    expect(observed.parity.pairs[0].declared).toContainEqual({ what: "config LEVEL", reason: "staging is chatty" });
  });

  test.each([
    ["a commit, which no clone need have", "observed.changes", [{ key: "LEVEL", commit: "2209589", at: "2026-01-02" }]],
    [
      "a median without the 90 % of it",
      "measured.tasks",
      [{ name: "build", median: { value: 380, at: "2026-01-02", times: 2 } }],
    ],
    ["a frequency of days before the first deployment", "measured.dora", doraOf({ deploymentsPerWeek: 0.23 })],
    [
      "a frequency that its days do not give",
      "measured.dora",
      doraOf({ deploymentsPerWeek: 0.23, from: "2026-01-01" }),
    ],
  ])("whose facts have what this version would not have written fail their check: %s", async (_, key, value) => {
    const folder = projectFolder();
    unwrap(await write(folder));
    const path = placesOf(folder)[factsName];
    const facts = JSON.parse(readFileSync(path, "utf8"));
    const [part, field] = key.split(".") as [string, string];
    facts[part][field] = value;
    writeFileSync(path, JSON.stringify(facts));
    const failure = failureOf(await check(folder));
    expect(failure.message).toBe(
      "tidegate.facts.json contains something that this version of Tidegate would not have written",
    );
    expect(failure.differences?.[0]?.key).toMatch(new RegExp(`^${key}`));
    unwrap(await write(folder));
    expect((await check(folder)).ok).toBe(true);
  });

  test("of a repository that has decided nothing say so, and so does their check", async () => {
    const folder = projectFolder(`import { defineProject } from "tidegate";
export default defineProject({ name: "bare", pipeline: {} });
`);
    expect(unwrap(await write(folder)).undecided).toEqual(["services", "environments"]);
    expect(failureOf(await check(folder)).code).toBe("documents-undecided");
  });
});
