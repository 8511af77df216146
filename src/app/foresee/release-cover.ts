import { posix } from "node:path";
import type { Project } from "../../definition/types.ts";
import type { Graph } from "../../graph/graph.ts";
import { isWithin, matches, type Pattern, parsePattern } from "../../graph/patterns/pattern.ts";
import type { ProjectFiles } from "./project-files.ts";

/** What a release will contain, and what tasks will have written by then. All services are in one folder. */
export class ReleaseCover {
  readonly #files: ProjectFiles;
  readonly #requests: readonly { readonly included: readonly Pattern[]; readonly excluded: readonly Pattern[] }[];
  readonly #outputs: readonly Pattern[];

  constructor(project: Project, graph: Graph, files: ProjectFiles) {
    this.#files = files;
    this.#outputs = [...graph.values()].flatMap(({ patterns }) => patterns.outputs.map(({ pattern }) => pattern));
    this.#requests = Object.values(project.services).map((service) => {
      const patterns = service.files.map(parsePattern).flatMap((parsed) => (parsed.ok ? [parsed.pattern] : []));
      const excluded = patterns.filter((pattern) => pattern.excluded);
      return { included: patterns.filter((pattern) => !pattern.excluded), excluded };
    });
  }

  /** Whether `files` of a service mean this file, were it there. */
  has(path: string): boolean {
    return this.#requests.some(
      ({ included, excluded }) =>
        included.some((pattern) => matches(pattern, path)) && !excluded.some((pattern) => matches(pattern, path)),
    );
  }

  /** Whether `files` of a service mean something in this folder, or all of it. */
  reaches(folder: string): boolean {
    return this.#requests.some(({ included }) =>
      included.some((pattern) => isWithin(pattern.base, folder) || isWithin(folder, pattern.base)),
    );
  }

  /** The output of a task that a path is, or would be in. */
  outputFor(path: string): Pattern | undefined {
    return this.#outputs.find((pattern) => matches(pattern, path));
  }

  /** Whether a file stands behind a link to a folder: a pattern means the link then. */
  isBehindLink(path: string): boolean {
    for (let at = posix.dirname(path); at !== "."; at = posix.dirname(at)) if (this.#files.isLink(at)) return true;
    return false;
  }
}
