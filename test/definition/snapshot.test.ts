import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sourcesOf } from "../../src/definition/load/pure-sources.ts";
import { recall, remember } from "../../src/definition/load/snapshot.ts";
import type { Environment, Matrix, PackageTask, Project, SecretDeclaration, Task } from "../../src/definition/types.ts";

let folder: string;
let file: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-snapshot-"));
  file = join(folder, "tidegate.config.ts");
  path = join(folder, "definition.json");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const install: Task = { kind: "task", run: "npm ci" };
const build: Task = { kind: "task", run: "make", needs: [install] };
const project: Project = {
  kind: "project",
  name: "x",
  pipeline: { install, build },
  services: {},
  config: {},
  environments: {},
};
const later = () => Date.now() + 1000;
const loaded = () => ({ project, file, folder, locate: async () => [] });

describe("sources", () => {
  test("has matrices and tasks of packages, and what needs them", async () => {
    writeFileSync(file, "export default {};");
    const cell: Task = { kind: "task", run: "npm test", needs: [install] };
    const tests: Matrix = { kind: "matrix", cells: [{ values: { node: 24 }, task: cell }] };
    const overrides = { web: { needs: [install, "lib#compile"] } } as const;
    const compile: PackageTask = { kind: "packageTask", needs: ["^compile", install], overrides };
    const all: Task = { kind: "task", run: "true", needs: [tests, cell, compile] };
    const whole = { ...project, pipeline: { install, tests, all }, packages: { compile } };
    await remember(path, { ...loaded(), project: whole }, "1", later());
    const recalled = recall(path, file, "1");
    const { pipeline, packages } = (recalled as { project: Project }).project;
    expect(JSON.stringify({ pipeline, packages })).toBe(
      JSON.stringify({ pipeline: whole.pipeline, packages: whole.packages }),
    );
    const revived = pipeline as unknown as { install: Task; tests: Matrix; all: Task };
    expect(revived.all.needs?.[0]).toBe(revived.tests);
    expect(revived.all.needs?.[1]).toBe(revived.tests.cells[0]?.task);
    expect(revived.all.needs?.[2]).toBe(packages?.compile);
    expect(revived.tests.cells[0]?.task.needs?.[0]).toBe(revived.install);
    expect(packages?.compile?.needs?.[1]).toBe(revived.install);
    expect(packages?.compile?.overrides?.web?.needs?.[0]).toBe(revived.install);
  });

  test.each([
    ["the clock", "export const a = Date.now();"],
    ["the environment", 'import { env } from "node:process"; export const a = env.CI;'],
    ["the machine", "export const a = process.platform;"],
    ["other files", 'import { readdirSync } from "node:fs"; export const a = readdirSync(".");'],
    ["an unknown package", 'import preset from "some-preset"; export default preset;'],
    ["chance", "export const a = Math.random();"],
    ["what it is given at run time", "export const a = await 1;"],
    ["where it stands", "export const a = import.meta.url;"],
    ["a local file that is not pure", 'export * from "./other.ts";'],
  ])("of a definition that depends on %s are not pure", (_, text) => {
    writeFileSync(join(folder, "other.ts"), "export const b: number = Date.now();");
    writeFileSync(file, text);
    expect(sourcesOf(file).pure).toBe(false);
  });

  test("of plain data are pure, local imports included", () => {
    writeFileSync(join(folder, "tasks.ts"), 'export const name: string = "x";');
    writeFileSync(
      file,
      'import { z } from "zod"; import { name } from "./tasks.ts"; export default { name, a: z.string() };',
    );
    expect(sourcesOf(file)).toEqual({ pure: true, files: [file, join(folder, "tasks.ts")] });
  });
});

describe("a remembered pipeline", () => {
  test("is the same data, with references in place of names", async () => {
    writeFileSync(file, "export default {};");
    await remember(path, loaded(), "1", later());
    const recalled = recall(path, file, "1");
    expect(recalled).toEqual({
      state: "pipeline",
      project: { ...project, secretVariables: [], pipeline: expect.objectContaining({ install, build }) },
      sources: [file],
    });
    const pipeline = recalled.state === "pipeline" ? (recalled.project.pipeline as Record<string, Task>) : {};
    expect(pipeline.build?.needs?.[0]).toBe(pipeline.install);
  });

  test("still knows what must be hidden in what its tasks write", async () => {
    writeFileSync(file, "export default {};");
    const schema = {} as SecretDeclaration["schema"];
    const from = { kind: "secretSource", source: "variable", name: "{environment}_OTHER" } as const;
    const config = { TOKEN: { kind: "secret", schema }, KEY: { kind: "secret", schema, from } } as const;
    const environments = { "eu-west": {} as Environment };
    await remember(path, { ...loaded(), project: { ...project, config, environments } }, "1", later());
    const recalled = recall(path, file, "1");
    const { secretVariables } = recalled.state === "pipeline" ? recalled.project : {};
    expect(secretVariables).toEqual(["TOKEN", "EU_WEST_TOKEN", "KEY", "EU_WEST_KEY", "EU_WEST_OTHER"]);
  });

  test.each([
    ["a source changed", () => writeFileSync(file, "export default { changed: true };"), "1"],
    ["a source is gone", () => rmSync(file), "1"],
    ["another version asks", () => undefined, "2"],
    ["the snapshot is damaged", () => writeFileSync(path, "{"), "1"],
  ])("is not used when %s", async (_, change, madeBy) => {
    writeFileSync(file, "export default {};");
    await remember(path, loaded(), "1", later());
    change();
    expect(recall(path, file, madeBy)).toEqual({ state: "unknown" });
  });

  test("is not kept of a definition that is not pure, and that is remembered", async () => {
    writeFileSync(file, "export default { now: Date.now() };");
    await remember(path, loaded(), "1", later());
    expect(recall(path, file, "1")).toEqual({ state: "impure" });
  });

  test("is not kept when the definition was written while it may have been loaded", async () => {
    writeFileSync(file, "export default {};");
    await remember(path, loaded(), "1");
    expect(recall(path, file, "1")).toEqual({ state: "unknown" });
  });
});
