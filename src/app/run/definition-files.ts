import { realpathSync } from "node:fs";
import { relative } from "node:path";
import { sourcesOf } from "../../definition/load/pure-sources.ts";
import type { OpenProject } from "../open-project.ts";

/** The files that the definition is made of, relative to the project's folder, as git names them. */
export function definitionFiles({ file, folder }: OpenProject): string[] {
  const real = realpathSync(folder);
  return sourcesOf(file).files.map((source) => relative(real, source));
}
