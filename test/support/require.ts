import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "vitest";

/** Where every test must run, nothing may be left out because something is missing. */
const mustAll = process.env.TIDEGATE_REQUIRE_ALL === "1";

/** How much a test does of what has no end: `all` where time does not matter, otherwise `some`. */
export function thoroughly(all: number, some: number): number {
  return mustAll ? all : some;
}

/** Ends a test that cannot be made here: skipped with its reason, or failed where all have to run. */
export function unavailable(context: TestContext, reason: string): void {
  if (mustAll) throw new Error(`TIDEGATE_REQUIRE_ALL is set, but ${reason}`);
  context.skip(reason);
}

/** Skips the test (see `unavailable`) when a program is not installed. */
export function requireProgram(context: TestContext, program: string, debianPackage: string): void {
  const folders = (process.env.PATH ?? "").split(delimiter);
  if (folders.some((folder) => existsSync(join(folder, program)))) return;
  unavailable(context, `${program} is not installed: apt-get install ${debianPackage}`);
}
