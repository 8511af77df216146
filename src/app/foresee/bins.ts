import { readlinkSync } from "node:fs";
import { join, posix } from "node:path";
import { isRecord } from "../../files/is-record.ts";
import { npmPackageOf } from "./known-programs.ts";
import type { ProjectFiles } from "./project-files.ts";

/** Which packages of npm bring which programs: those that are installed, and those that will be. */
export class Bins {
  readonly #files: ProjectFiles;
  #locked: ReadonlyMap<string, string> | undefined;

  constructor(files: ProjectFiles) {
    this.#files = files;
  }

  /** The package that brings a program to a folder of the project; `undefined`: none. */
  packageOf(program: string, folder: string): string | undefined {
    return this.installed(program, folder) ?? this.#lock().get(program) ?? this.#declared(program, folder);
  }

  /** The same, of what is installed now. */
  installed(program: string, folder: string): string | undefined {
    for (const at of upwards(folder)) {
      const file = posix.join(at, "node_modules/.bin", program);
      if (this.#files.isThere(file)) return this.#ownerOf(file) ?? program;
    }
    return undefined;
  }

  #ownerOf(file: string): string | undefined {
    try {
      const target = readlinkSync(join(this.#files.folder, file));
      return /^\.\.\/((?:@[^/]+\/)?[^/]+)\//.exec(target)?.[1];
    } catch {
      // pnpm writes scripts instead of links, which do not say it.
      return undefined;
    }
  }

  #declared(program: string, folder: string): string | undefined {
    const wanted = [program, npmPackageOf(program)].filter((name) => name !== undefined);
    const known = [...upwards(folder)].flatMap((at) => this.#files.packageIn(at) ?? []);
    return wanted.find((name) => known.some(({ dependencies }) => dependencies.has(name)));
  }

  /** Only npm's own lockfile says which programs a package has. */
  #lock(): ReadonlyMap<string, string> {
    this.#locked ??= lockedBins(this.#files.readLarge("package-lock.json"));
    return this.#locked;
  }
}

function* upwards(folder: string): Iterable<string> {
  for (let at = folder; at !== "" && at !== "."; at = posix.dirname(at)) yield at;
  yield "";
}

function lockedBins(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const packages = text === "" ? undefined : packagesIn(text);
  for (const [place, value] of Object.entries(packages ?? {})) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(place)?.[1];
    if (name === undefined || !isRecord(value) || !isRecord(value.bin)) continue;
    for (const program of Object.keys(value.bin)) found.set(program, name);
  }
  return found;
}

function packagesIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && isRecord(value.packages) ? value.packages : undefined;
  } catch {
    return undefined;
  }
}
