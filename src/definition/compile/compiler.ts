import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A TypeScript compiler that a project has installed. */
export interface Compiler {
  /** The script to start Node with. */
  readonly script: string;
  readonly version: string;
}

/** The project's own compiler, in its `node_modules` or above; `undefined` when it has none. */
export function findCompiler(folder: string): Compiler | undefined {
  const manifest = resolveFrom(folder, "typescript/package.json");
  if (manifest === undefined) return undefined;
  const { version, bin } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string; bin?: { tsc?: string } };
  return { script: join(dirname(manifest), bin?.tsc ?? "bin/tsc"), version };
}

/** Whether the compiler knows what the builders' types are written with (`NoInfer`: 5.4). */
export function isRecentEnough({ version }: Compiler): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 5 || (major === 5 && minor >= 4);
}

/** The file that a specifier means for code in a folder; `undefined` when it is not installed. */
export function resolveFrom(folder: string, specifier: string): string | undefined {
  try {
    return createRequire(join(folder, "package.json")).resolve(specifier);
  } catch {
    return undefined;
  }
}
