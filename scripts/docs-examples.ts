import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

/**
 * Writes the documents of the examples anew, as their definitions and this version have it. What was measured stays: each example
 * is written in a copy that has no state.
 */
const root = join(import.meta.dirname, "..");
const made = new Set(["node_modules", "dist", "reports", "data", ".tidegate"]);
const task = "01_Machine/01_Workflow/**/P03-S09-T09-*.md";

write("shortlinks", ["docs", "--out", "docs"]);
const [file] = globSync(task, { cwd: join(root, "examples/dafnckmachine") });
write("dafnckmachine", ["docs", "--task", file!]);

function write(name: string, args: readonly string[]): void {
  const example = join(root, "examples", name);
  const folder = mkdtempSync(join(tmpdir(), `tidegate-${name}-`));
  try {
    cpSync(example, join(folder, name), { recursive: true, filter: (path) => !made.has(basename(path)) });
    const { status } = spawnSync(process.execPath, [join(root, "src/cli/bin.ts"), ...args], {
      cwd: join(folder, name),
      env: { ...process.env, TIDEGATE_STATE: join(folder, "states"), SOPS_AGE_KEY_FILE: "demo-key.txt" },
      stdio: "inherit",
    });
    if (status !== 0) throw new Error(`tidegate ${args.join(" ")} ended with ${status} in examples/${name}`);
    cpSync(join(folder, name), example, { recursive: true, filter: (path) => basename(path) !== ".tidegate" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
