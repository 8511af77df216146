import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codes, ended, outputHas, value } from "./conformance.ts";
import { anotherLocal, createLocal, expectNothingRuns, fixtures, jobIn, specIn, workerIn } from "./support.ts";

const canMount = process.platform === "linux" && process.getuid?.() === 0;

/** Runs with a small disk at `path`; takes it away whatever happens. */
async function withDisk(path: string, work: (remount: (options: string) => void) => Promise<void>): Promise<void> {
  mkdirSync(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", path]);
  try {
    await work((options) => execFileSync("mount", ["-o", `remount,${options}`, path]));
  } finally {
    execFileSync("umount", ["--lazy", path]);
  }
}

function fill(path: string): void {
  try {
    for (let n = 0; ; n++) writeFileSync(join(path, `fill-${n}`), "x".repeat(4096));
  } catch {
    // Full.
  }
}

describe.runIf(canMount)("on a disk that refuses", () => {
  test("a full disk is a failure, and what ran goes on and can be stopped", async () => {
    const under = await createLocal();
    const disk = join(under.folder, "disk");
    await withDisk(disk, async () => {
      const driver = anotherLocal({ ...under, stateFolder: disk });
      value(await driver.prepare("staging", fixtures, 1));
      value(await driver.start(workerIn(under, "a"), 1));
      await outputHas(driver, "a", "working");
      fill(disk);
      expect(codes(await driver.start(workerIn(under, "b"), 1))).toEqual(["no-space"]);
      expect(codes(await driver.startJob(jobIn(under, "j", "exit 0"), 1))).toEqual(["no-space"]);
      expect(value(await driver.observe("staging"))).toMatchObject([{ id: "a", state: { state: "running" } }]);
      value(await driver.stop("staging", "a", 20_000, 1));
      expect(await ended(driver, "a")).toBeDefined();
      expectNothingRuns(under.folder);
      expect(readdirSync(join(disk, "instances/staging/a")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    });
  });

  test("a read-only disk is a failure, and what runs is still seen", async () => {
    const under = await createLocal();
    const disk = join(under.folder, "disk");
    await withDisk(disk, async (remount) => {
      const driver = anotherLocal({ ...under, stateFolder: disk });
      value(await driver.prepare("staging", fixtures, 1));
      value(await driver.start({ ...specIn(under, "a"), command: "exit 3" }, 1));
      expect(await ended(driver, "a")).toEqual({ code: 3, signal: null });
      remount("ro");
      expect(codes(await driver.start(workerIn(under, "b"), 1))).toEqual(["not-writable"]);
      expect(codes(await driver.remove("staging", "a", 1))).toEqual(["not-writable"]);
      expect(await ended(driver, "a")).toEqual({ code: 3, signal: null });
    });
  });
});
