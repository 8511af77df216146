import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BlobDigest } from "../../src/blobs/blob-store.ts";
import { collect } from "../../src/cache/collect/collect.ts";
import { limitsOf } from "../../src/cache/collect/limits.ts";
import { type KeptEntry, planCollection } from "../../src/cache/collect/plan.ts";
import { surveyCache } from "../../src/cache/collect/survey.ts";
import { tidyIfDue } from "../../src/cache/collect/tidy.ts";
import { verifyCache } from "../../src/cache/collect/verify.ts";
import type { Fingerprint } from "../../src/cache/fingerprint/fingerprint.ts";
import { task } from "../../src/definition/builders.ts";
import type { Result } from "../../src/errors/result.ts";
import { type PipelinePaths, pipelinePaths } from "../../src/files/state-folder.ts";
import { outcomes, TestProject } from "../run/project.ts";
import { cacheKey } from "../support/cache-key.ts";

const dayMs = 86_400_000;

function entry(name: string, usedAt: number, blobs: readonly string[], isCurrent = false): KeptEntry {
  return { fingerprint: name as Fingerprint, task: name, usedAt, isCurrent, blobs: blobs as BlobDigest[] };
}

function plan(
  entries: readonly KeptEntry[],
  sizes: Record<string, number>,
  maxBytes: number,
  maxAgeMs = 1e9,
  now = 10,
) {
  const made = planCollection(entries, new Map(Object.entries(sizes)) as never, { maxBytes, maxAgeMs }, now);
  return { remove: made.remove.map(({ task }) => task), free: [...made.free].sort(), bytesLeft: made.bytesLeft };
}

describe("the plan of a collection", () => {
  it("takes the least recently used first, until there is some room, and never what is in use", () => {
    const entries = [entry("c", 3, ["c"], true), entry("b", 2, ["b"]), entry("a", 1, ["a"])];
    expect(plan(entries, { a: 60, b: 50, c: 40 }, 100)).toEqual({ remove: ["a"], free: ["a"], bytesLeft: 90 });
    expect(plan(entries, { a: 60, b: 50, c: 40 }, 1)).toEqual({ remove: ["a", "b"], free: ["a", "b"], bytesLeft: 40 });
  });

  it("takes nothing when the limits hold, but what nobody refers to", () => {
    expect(plan([entry("a", 1, ["a"])], { a: 100, lost: 5 }, 100)).toEqual({
      remove: [],
      free: ["lost"],
      bytesLeft: 100,
    });
  });

  it("takes what is too old, whatever the size", () => {
    const entries = [entry("old", 1, ["x"]), entry("young", 9, ["y"]), entry("current", 1, ["z"], true)];
    expect(plan(entries, { x: 1, y: 1, z: 1 }, 100, 5)).toEqual({ remove: ["old"], free: ["x"], bytesLeft: 2 });
  });

  it("keeps bytes that another result shares", () => {
    const entries = [entry("a", 1, ["shared", "a"]), entry("b", 2, ["shared", "shared"], true)];
    expect(plan(entries, { shared: 80, a: 20 }, 90)).toEqual({ remove: ["a"], free: ["a"], bytesLeft: 80 });
  });
});

describe("a cache", () => {
  const files = { in: "0" };
  const grow = task({ run: "cp in out", inputs: ["in"], outputs: ["out"] });

  async function grown(turns: number): Promise<TestProject> {
    const project = new TestProject(files);
    for (let turn = 0; turn < turns; turn++) {
      project.write("in", `content ${turn}`);
      await project.run({ grow });
    }
    return project;
  }

  const pathsOf = (project: TestProject) => pipelinePaths(project.at(".tidegate"));
  const value = <T>(result: Result<T>): T => {
    if (!result.ok) throw new Error(result.failures[0]!.message);
    return result.value;
  };
  const survey = async (paths: PipelinePaths) => value(await surveyCache(paths, cacheKey));
  const blobPath = (project: TestProject, digest: string) =>
    project.at(`.tidegate/cache/blobs/${digest.slice(7, 9)}/${digest.slice(9)}`);
  const entriesOf = (project: TestProject) => readdirSync(project.at(".tidegate/cache/entries"));

  it("keeps by itself what the tasks have now, however small it may be", async () => {
    const project = await grown(4);
    const done = await collect(pathsOf(project), cacheKey, { maxBytes: 1, maxAgeMs: dayMs }, Date.now());
    expect(done).toMatchObject({ value: { entriesRemoved: 3, entriesLeft: 1 } });
    rmSync(project.at("out"));
    expect(outcomes(await project.run({ grow }))).toEqual({ grow: "hit 1" });
    project.write("in", "content 0");
    expect(outcomes(await project.run({ grow }))).toEqual({ grow: "ran" });
  });

  it("counts a result as used when it was used, not when it was made", async () => {
    const project = await grown(3);
    for (const name of entriesOf(project)) utimesSync(project.at(`.tidegate/cache/entries/${name}`), 1, 1);
    rmSync(project.at(".tidegate/runs"), { recursive: true });
    project.write("in", "content 0");
    expect(outcomes(await project.run({ grow }))).toEqual({ grow: "hit 1" });
    const { entries } = await survey(pathsOf(project));
    // The one that is used now, and the one that was used until now.
    expect(entries.filter(({ usedAt }) => usedAt > dayMs)).toHaveLength(2);
    expect(entries.filter(({ isCurrent }) => isCurrent)).toHaveLength(1);
  });

  it("is looked at once a day, or when it may have outgrown its size, and not by runs that store nothing", async () => {
    const project = await grown(1);
    const paths = pathsOf(project);
    const limits = limitsOf({ maxSize: 1000 });
    const now = Date.now();
    expect(await tidyIfDue(paths, cacheKey, limits, now + 1000, 10)).toEqual({ ok: true, value: undefined });
    expect(await tidyIfDue(paths, cacheKey, limits, now + 2000, 5000)).toEqual({ ok: true, value: undefined });
    expect(await tidyIfDue(paths, cacheKey, limits, now + dayMs / 100, 0)).toMatchObject({ value: { entriesLeft: 1 } });
    expect(await tidyIfDue(paths, cacheKey, limits, now + dayMs / 50, 0)).toEqual({ ok: true, value: undefined });
    expect(await tidyIfDue(paths, cacheKey, limits, now + 2 * dayMs, 0)).toMatchObject({ value: { entriesLeft: 1 } });
    expect(await tidyIfDue(paths, cacheKey, limits, now, 0)).toMatchObject({ value: { entriesLeft: 1 } });
    const stamp = statSync(paths.tidied).mtimeMs;
    await project.run({ grow });
    expect(statSync(paths.tidied).mtimeMs).toBe(stamp);
  });

  it("is not collected by a run inside of a task: the run around it may be about to need what it would take", async () => {
    const project = new TestProject({ in: "" });
    const inner = JSON.stringify({ t: { run: "cp in inner", inputs: ["in"], outputs: ["inner"] } });
    project.write("pipeline.json", inner);
    const script = join(import.meta.dirname, "../run/child-run.ts");
    const outer = task({
      run: `${process.execPath} ${script} .; test ! -e .tidegate/cache/tidied.json`,
      inputs: ["in"],
    });
    expect(outcomes(await project.run({ outer }))).toEqual({ outer: "ran" });
    expect(existsSync(project.at(".tidegate/cache/tidied.json"))).toBe(true);
  });

  it("that is verified loses what is damaged, what depends on it, and nothing else", async () => {
    const project = await grown(3);
    const paths = pathsOf(project);
    const before = await survey(paths);
    const [victim, other] = before.entries;
    rmSync(blobPath(project, victim!.blobs[1]!));
    writeFileSync(project.at(`.tidegate/cache/entries/${"0".repeat(64)}.json`), "{}");
    const progress: number[] = [];
    const found = value(
      await verifyCache(paths, cacheKey, ({ blobs }) => progress.push(blobs), new AbortController().signal),
    );
    expect(found).toMatchObject({ entries: 3, damagedBlobs: [], incomplete: ["grow"] });
    expect(found.damagedEntries).toHaveLength(1);
    expect(progress.at(-1)).toBe(found.blobs);
    const shared = blobPath(project, other!.blobs[1]!);
    rmSync(shared);
    writeFileSync(shared, "EVIL");
    const again = value(await verifyCache(paths, cacheKey, () => undefined, new AbortController().signal));
    expect(again.damagedBlobs).toHaveLength(1);
    expect(existsSync(shared)).toBe(false);
    expect((await survey(paths)).entries).toHaveLength(1);
  });
});
