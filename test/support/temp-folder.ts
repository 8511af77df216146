import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { removeTree } from "./remove-tree.ts";

/** A folder with these files, gone when the test has finished. */
export function tempFolder(files: Readonly<Record<string, string>> = {}, name = "project"): string {
  const parent = mkdtempSync(join(realpathSync(tmpdir()), "tidegate-test-"));
  onTestFinished(() => removeTree(parent));
  const folder = join(parent, name);
  mkdirSync(folder);
  writeFiles(folder, files);
  return folder;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
