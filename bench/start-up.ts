import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure } from "./measure.ts";

/**
 * What Tidegate costs when it has nothing to do, against `node -e 0` on the same Node: whole processes, in turn, medians.
 * Goals: `--version` at most 1.5 times, a fully cached `run` of examples/shortlinks at most 3 times.
 */
const root = join(import.meta.dirname, "..");
const bin = join(root, "dist/bin.js");
const project = mkdtempSync(join(tmpdir(), "tidegate-bench-"));

try {
  cpSync(join(root, "examples/shortlinks"), project, { recursive: true });
  const first = spawnSync(process.execPath, [bin, "run"], { cwd: project, encoding: "utf8" });
  if (first.status !== 0) throw new Error(`the example's pipeline failed:\n${first.stderr}`);
  const node = { name: "node -e 0", args: ["-e", "0"], cwd: project };
  measure(node, [
    { name: "tidegate --version", args: [bin, "--version"], cwd: project, goal: 1.5 },
    { name: "tidegate run (all cached)", args: [bin, "run"], cwd: project, goal: 3 },
    { name: "tidegate check --without-secrets", args: [bin, "check", "--without-secrets"], cwd: project },
  ]);
} finally {
  rmSync(project, { recursive: true, force: true });
}
