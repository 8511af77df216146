import { chmodSync, copyFileSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { buildPackage } from "../../scripts/build.ts";
import { removeTree } from "./remove-tree.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The folder of the package built for this test run, as if it were installed. */
    builtPackage: string;
    /** Where the states of tests are. */
    stateHomes: string;
    /** Patterns of the tests that this run leaves out because they take their time. */
    leftOut: readonly string[];
  }
}

const root = join(import.meta.dirname, "../..");

/**
 * Builds the package once for all tests, in a folder of its own: another build does not change it under their feet.
 * TIDEGATE_TEST_PACKAGE names a package folder to test in its place, such as one that was installed.
 */
export default async function setup(project: TestProject): Promise<() => void> {
  const leftOut = project.getProvidedContext().leftOut ?? [];
  if (leftOut.length > 0)
    console.log(`Left out, because they take their time (all: npm run test:all): ${leftOut.join(" ")}`);
  const installed = process.env.TIDEGATE_TEST_PACKAGE;
  const states = mkdtempSync(join(tmpdir(), "tidegate-states-"));
  const removeStates = () => removeTree(states);
  project.provide("stateHomes", states);
  if (installed !== undefined) {
    project.provide("builtPackage", installed);
    return removeStates;
  }
  const folder = mkdtempSync(join(tmpdir(), "tidegate-built-"));
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
    removeStates();
  };
  // Tests also run it as another user.
  chmodSync(folder, 0o755);
  copyFileSync(join(root, "package.json"), join(folder, "package.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  try {
    await buildPackage({ out: join(folder, "dist") });
  } catch (error) {
    remove();
    throw error;
  }
  project.provide("builtPackage", folder);
  return remove;
}
