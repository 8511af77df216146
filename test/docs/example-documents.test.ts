import { cpSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkDocuments } from "../../src/app/documents/check.ts";
import { recordTask } from "../../src/app/documents/task.ts";
import { placesIn } from "../../src/app/documents/write.ts";
import { withSession } from "../../src/app/session.ts";
import { failureOf, lendPackages, portsFor, unwrap } from "../app/ports.ts";
import { tempFolder } from "../support/temp-folder.ts";

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
