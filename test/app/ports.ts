import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Notice, Say } from "../../src/app/notice.ts";
import type { Ports } from "../../src/app/ports.ts";
import type { Failure } from "../../src/errors/failure.ts";
import type { Result } from "../../src/errors/result.ts";
import type { Event } from "../../src/events/event.ts";
import { stateHomeOf } from "../support/cli.ts";
import { writeFiles } from "../support/temp-folder.ts";

/** Ports made by hand: no terminal, no process, only what a use case says it needs. */
export function portsFor(folder: string, env: Readonly<Record<string, string>> = {}, more: Partial<Ports> = {}): Ports {
  const { PATH, TMPDIR, HOME } = process.env;
  const never = new AbortController().signal;
  return {
    cwd: folder,
    folder,
    env: {
      ...(PATH !== undefined && { PATH }),
      ...(TMPDIR !== undefined && { TMPDIR }),
      ...(HOME !== undefined && { HOME }),
      TIDEGATE_STATE: stateHomeOf(folder),
      ...env,
    },
    version: "0.0.0-test",
    signal: never,
    leaving: never,
    now: Date.now,
    ...more,
  };
}

/**
 * Lets a definition be loaded in the process of the test, where the test runner resolves imports and not Tidegate: it
 * looks for packages on the disk.
 */
export function lendPackages(folder: string): void {
  const root = join(import.meta.dirname, "../..");
  const packages = join(folder, "node_modules");
  mkdirSync(join(packages, "tidegate"), { recursive: true });
  writeFiles(join(packages, "tidegate"), {
    "package.json": JSON.stringify({ name: "tidegate", type: "module", exports: "./index.ts" }),
    "index.ts": `export * from ${JSON.stringify(join(root, "src/index.ts"))};\n`,
  });
  symlinkSync(join(root, "node_modules/zod"), join(packages, "zod"));
}

/** Takes down what a use case says. */
export class Listener {
  readonly events: Event[] = [];
  readonly notices: Notice[] = [];

  readonly say: Say = (said) => {
    if ("notice" in said) this.notices.push(said);
    else this.events.push("event" in said ? said.event : said);
  };

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }
}

/** The value, or the failures as the error. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.failures, null, 1));
}

/** The first failure of something that must not succeed. */
export function failureOf(result: Result<unknown>): Failure {
  if (result.ok) throw new Error("it succeeded");
  return result.failures[0]!;
}
