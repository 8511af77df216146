import { createHash } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { relative } from "node:path";
import { type FoundDefinition, findDefinition } from "../../definition/load/find.ts";
import { localImports } from "../../definition/load/local-imports.ts";
import { isParsed, parseModule } from "../../definition/load/parse-module.ts";
import { sourcesOf } from "../../definition/load/pure-sources.ts";
import type { Problem } from "../../definition/problem.ts";
import { ok, type Result } from "../../errors/result.ts";
import { openPipeline } from "../open-pipeline.ts";
import type { OpenProject } from "../open-project.ts";
import type { Ports } from "../ports.ts";
import { loadAnew } from "./load-anew.ts";

/** The definition as it is now, each time it is asked for. */
export class LiveDefinition {
  /** The project's folder, absolute. */
  readonly folder: string;
  readonly #file: string;
  readonly #env: Ports["env"];
  #current: Result<OpenProject>;
  #made: Made;

  private constructor({ env }: Pick<Ports, "env">, found: FoundDefinition, made: Made, current: Result<OpenProject>) {
    this.#env = env;
    this.folder = found.folder;
    this.#file = realpathSync(found.file);
    this.#made = made;
    this.#current = current.ok ? ok({ ...current.value, locate: locateIn(this.#file) }) : current;
  }

  /** The definition that holds for a folder; `undefined` when there is none. One that is wrong may become right. */
  static async open(ports: Pick<Ports, "folder" | "version" | "env">): Promise<LiveDefinition | undefined> {
    const found = findDefinition(ports.folder);
    if (found === undefined) return undefined;
    // Looked at before it is loaded: what changes meanwhile is found to be different the next time.
    const made = madeOf(realpathSync(found.file));
    return new LiveDefinition(ports, found, made, await openPipeline(ports));
  }

  /** The one that was loaded last. */
  get current(): Result<OpenProject> {
    return this.#current;
  }

  /** Files it is made of, also those that are missing, relative to the project; without those outside of it. */
  get sources(): string[] {
    const paths = [...this.#made.digests.keys()].map((file) => relative(this.folder, file));
    return paths.filter((path) => !path.startsWith(".."));
  }

  /**
   * Loads it again unless it is certainly the same: when its files are, and it depends on nothing else. `undefined` when
   * `signal` was aborted before.
   */
  async now(signal: AbortSignal): Promise<Result<OpenProject> | undefined> {
    if (this.#current.ok && this.#made.isPure && isAsItWas(this.#made)) return this.#current;
    const made = madeOf(this.#file);
    const loaded = await loadAnew({ folder: this.folder, env: this.#env }, signal);
    if (loaded === undefined) return undefined;
    this.#made = made;
    this.#current = loaded.ok ? ok({ ...loaded.value, locate: locateIn(this.#file) }) : loaded;
    return this.#current;
  }
}

/** What a definition is made of. */
interface Made {
  readonly digests: ReadonlyMap<string, string>;
  /** Whether it can depend on nothing else. */
  readonly isPure: boolean;
}

function madeOf(file: string): Made {
  const digests = new Map<string, string>();
  const waiting = [file];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (digests.has(next)) continue;
    digests.set(next, digestOf(next));
    const module = parseModule(next);
    if (isParsed(module)) waiting.push(...localImports(module));
  }
  return { digests, isPure: sourcesOf(file).pure };
}

function isAsItWas({ digests }: Made): boolean {
  return [...digests].every(([file, digest]) => digestOf(file) === digest);
}

function digestOf(file: string): string {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch {
    return "missing";
  }
}

function locateIn(file: string): OpenProject["locate"] {
  return async (problems: readonly Problem[]) => {
    if (problems.length === 0) return [];
    return (await import("../../definition/load/locate.ts")).locateProblems(file, problems);
  };
}
