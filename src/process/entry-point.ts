import { existsSync } from "node:fs";
import { join } from "node:path";

const sources = {
  agent: "../agent/main.ts",
  job: "../drivers/local/job/main.ts",
  gateway: "../gateway/embedded/main.ts",
} as const;

/** The file to start Node with for one of Tidegate's own processes: bundled beside this file, or the source. */
export function entryPoint(name: keyof typeof sources): string {
  const bundled = join(import.meta.dirname, `${name}.js`);
  return existsSync(bundled) ? bundled : join(import.meta.dirname, sources[name]);
}
