import { existsSync } from "node:fs";
import { join } from "node:path";

const sources = {
  agent: "../agent/process/main.ts",
  job: "../drivers/local/job/main.ts",
  gateway: "../gateway/embedded/main.ts",
  static: "../static-site/main.ts",
} as const;

const ofTest = new Map<keyof typeof sources, string>();

/** The file to start Node with for one of Tidegate's own processes: bundled beside this file, or the source. */
export function entryPoint(name: keyof typeof sources): string {
  const given = ofTest.get(name);
  if (given !== undefined) return given;
  const bundled = join(import.meta.dirname, `${name}.js`);
  return existsSync(bundled) ? bundled : join(import.meta.dirname, sources[name]);
}

/** For tests, which start a process with something of their own in it; nothing else may call it. */
export function setEntryPointForTest(name: keyof typeof sources, path: string): void {
  ofTest.set(name, path);
}
