import { readFileSync, type Stats, statSync, utimesSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/blobs/digest.ts";
import { FileIndex } from "../../src/inputs/file-index.ts";
import { TestProject } from "../run/project.ts";
import { cacheKey } from "../support/cache-key.ts";

const longAgo = new Date("2020-01-02T03:04:05.678Z");

/** What `stat` says, as if the file had last been touched long ago: its own change time cannot be set. */
function oldStat(path: string): Stats {
  utimesSync(path, longAgo, longAgo);
  return Object.assign(statSync(path), { ctimeMs: longAgo.getTime() });
}

describe("the index of digests", () => {
  it("reads a file, and remembers nothing of one that may change again within the same tick", () => {
    const project = new TestProject({ a: "one" });
    const index = FileIndex.open(project.at("index"), cacheKey);
    const stat = statSync(project.at("a"));
    const now = { ...stat, mtimeMs: Date.now(), ctimeMs: Date.now() } as Stats;
    expect(index.digest("a", project.at("a"), stat)).toBe(digestOf("one"));
    index.remember("fresh", now, digestOf("one"), Date.now());
    index.remember("future", { ...now, mtimeMs: Date.now() + 60_000 } as Stats, digestOf("one"), Date.now());
    index.remember(
      "coarse",
      { ...now, mtimeMs: 1000, ctimeMs: Math.floor(Date.now() / 1000) * 1000 } as Stats,
      digestOf("one"),
      Date.now(),
    );
    expect([index.recall("fresh", now), index.recall("future", now), index.recall("coarse", now)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("keeps what it learned, until anything of the file's state differs", () => {
    const project = new TestProject({ a: "one" });
    const stat = oldStat(project.at("a"));
    const index = FileIndex.open(project.at("index"), cacheKey);
    index.remember("a", stat, digestOf("one"), Date.now());
    index.save();
    const again = FileIndex.open(project.at("index"), cacheKey);
    expect(again.recall("a", stat)).toBe(digestOf("one"));
    for (const key of ["dev", "ino", "size", "mtimeMs", "ctimeMs", "mode"] as const)
      expect(again.recall("a", { ...stat, [key]: stat[key] + 1 } as Stats)).toBeUndefined();
    expect(statSync(project.at("index")).mode & 0o777).toBe(0o600);
  });

  it("counts as empty when a single byte of it is damaged", () => {
    const project = new TestProject({ a: "one" });
    const stat = oldStat(project.at("a"));
    const index = FileIndex.open(project.at("index"), cacheKey);
    index.remember("a", stat, digestOf("one"), Date.now());
    index.save();
    const whole = readFileSync(project.at("index"));
    for (let position = 0; position < whole.length; position++) {
      const damaged = Buffer.from(whole);
      damaged[position]! ^= 1;
      writeFileSync(project.at("index"), damaged);
      expect(FileIndex.open(project.at("index"), cacheKey).recall("a", stat)).toBeUndefined();
    }
    writeFileSync(project.at("index"), whole.subarray(0, -1));
    expect(FileIndex.open(project.at("index"), cacheKey).recall("a", stat)).toBeUndefined();
  });

  it("holds names with tabs, and does not hold those with line ends", () => {
    const project = new TestProject({ a: "one" });
    const stat = oldStat(project.at("a"));
    const index = FileIndex.open(project.at("index"), cacheKey);
    index.remember("tab\tname", stat, digestOf("one"), Date.now());
    index.remember("line\nend", stat, digestOf("one"), Date.now());
    index.save();
    const again = FileIndex.open(project.at("index"), cacheKey);
    expect(again.recall("tab\tname", stat)).toBe(digestOf("one"));
    expect(again.recall("line\nend", stat)).toBeUndefined();
  });

  it("forgets files that nobody asks for any more", () => {
    const project = new TestProject({ a: "one" });
    const stat = oldStat(project.at("a"));
    const path = project.at("index");
    const first = FileIndex.open(path, cacheKey);
    first.remember("gone", stat, digestOf("one"), Date.now());
    first.remember("kept", stat, digestOf("one"), Date.now());
    first.save();
    for (let number = 0; number < 40; number++) {
      const index = FileIndex.open(path, cacheKey);
      index.recall("kept", stat);
      index.remember(`new ${number}`, stat, digestOf("one"), Date.now());
      index.save();
    }
    const last = FileIndex.open(path, cacheKey);
    expect([last.recall("gone", stat), last.recall("kept", stat)]).toEqual([undefined, digestOf("one")]);
  });

  it("has no digest of what cannot be read", () => {
    const project = new TestProject({ a: "one" });
    const index = FileIndex.open(project.at("index"), cacheKey);
    expect(index.digest("b", project.at("b"), statSync(project.at("a")))).toBeUndefined();
    expect(index.digest("dir", project.folder, statSync(project.folder))).toBeUndefined();
  });
});
