import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { surveyCache } from "../../src/cache/collect/survey.ts";
import { verifyCache } from "../../src/cache/collect/verify.ts";
import { pipelinePaths } from "../../src/files/state-folder.ts";
import { task } from "../../src/index.ts";
import { cacheKey } from "../support/cache-key.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { outcomes, TestProject } from "./project.ts";

const pipeline = { build: task({ run: "cp in out", inputs: ["in"], outputs: ["out"] }) };
const entries = ".tidegate/cache/entries";

/** Rewrites the one entry of a project, as whoever can write the folder could. */
function rewrite(project: TestProject, change: (text: string) => string): void {
  const [name = ""] = readdirSync(project.at(entries));
  const path = project.at(`${entries}/${name}`);
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

/** The form that carried nothing but a checksum. */
function withChecksum(text: string): string {
  const body = text.slice(text.indexOf('"entry":') + '"entry":'.length, -2);
  const planted = body.replace('"durationMs":', '"durationMs":4711');
  return `{"checksum":"${createHash("sha256").update(planted).digest("hex")}","entry":${planted}}\n`;
}

describe("promise 1: a result that somebody else put into the cache", () => {
  it("is not used, and verify takes it out", async () => {
    const project = new TestProject({ in: "1" });
    await project.run(pipeline);
    rewrite(project, (text) => text.replace('"durationMs":', '"durationMs":4711'));
    const paths = pipelinePaths(project.at(".tidegate"));
    const verified = await verifyCache(paths, cacheKey, () => undefined, new AbortController().signal);
    expect(verified).toMatchObject({ value: { entries: 0, damagedEntries: [expect.any(String)] } });
    expect(outcomes(await project.run(pipeline))).toEqual({ build: "ran" });
  });

  it("is not used in the form that older versions took, which is a miss and no damage", async () => {
    const project = new TestProject({ in: "1" });
    await project.run(pipeline);
    rewrite(project, withChecksum);
    const { result } = await project.run(pipeline);
    expect(result.tasks.build?.record.result).toMatchObject({ result: "succeeded" });
    expect(JSON.stringify(result.tasks.build?.record)).not.toContain("damagedEntry");
    expect(await surveyCache(pipelinePaths(project.at(".tidegate")), cacheKey)).toMatchObject({
      value: { unusable: [] },
    });
  });

  it("is not used when another user made it, unless both have the same key", async () => {
    const project = new TestProject({ in: "1" });
    const as = (name: string) => ({
      environment: { PATH: process.env.PATH ?? "", HOME: project.folder, TIDEGATE_STATE: `${homes}/${name}` },
    });
    const homes = tempFolder({});
    await project.run(pipeline, as("eve"));
    expect(outcomes(await project.run(pipeline, as("ada")))).toEqual({ build: "ran" });
    expect(outcomes(await project.run(pipeline, as("ada")))).toEqual({ build: "hit" });
    await project.run(pipeline);
    rmSync(project.at("out"));
    expect(outcomes(await project.run(pipeline))).toEqual({ build: "hit 1" });
  });

  it("is not used by what the index says of files: a changed one is read", async () => {
    const project = new TestProject({ in: "1" });
    await project.run(pipeline);
    const path = project.at(".tidegate/cache/index");
    const text = readFileSync(path, "utf8");
    const [head = "", ...lines] = text.split("\n");
    const body = lines.join("\n");
    const form = head.split(" ").slice(0, 2).join(" ");
    writeFileSync(path, `${form} ${createHash("sha256").update(body).digest("hex")}\n${body}`);
    project.write("in", "2");
    expect(outcomes(await project.run(pipeline))).toEqual({ build: "ran" });
  });

  it("a run whose key cannot be kept works, says so, and collects nothing", async () => {
    const project = new TestProject({ in: "1", blocked: "" });
    await project.run(pipeline);
    const environment = { PATH: process.env.PATH ?? "", TIDEGATE_STATE: project.at("blocked/state") };
    const { result } = await project.run(pipeline, { environment });
    expect(result.outcome).toBe("succeeded");
    expect(result.troubles).toMatchObject([{ message: expect.stringContaining("found again") }]);
    expect(readdirSync(project.at(entries))).toHaveLength(1);
  });
});
