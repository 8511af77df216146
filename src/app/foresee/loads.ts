import type { CommandNeed } from "./command-need.ts";
import type { Foresight } from "./foreseen.ts";
import { importsOf } from "./imports.ts";
import type { ProjectFiles } from "./project-files.ts";
import type { ReleaseCover } from "./release-cover.ts";

/** A command of a release, and the `files` that a hint writes out. */
export interface Loader {
  readonly subject: string;
  readonly path: Foresight["path"];
  readonly service: string;
  readonly files: readonly string[];
}

/**
 * What the files that a command starts load, and the release does not contain. In what a task writes it is that of the last
 * build, which the next one may do otherwise.
 */
export function loadProblems(
  loader: Loader,
  needs: readonly CommandNeed[],
  files: ProjectFiles,
  cover: ReleaseCover,
): Foresight[] {
  const imports = importsOf(needs, files);
  const missing = [...imports.files].filter(([path]) => !cover.has(path) && !cover.isBehindLink(path));
  const known = files.packageIn("");
  const packages = cover.reaches("node_modules")
    ? []
    : [...imports.packages].filter(([name]) => known?.dependencies.has(name));
  return [...oneOf(missing, cover, loader, (path) => path), ...oneOf(packages, cover, loader, () => "node_modules/")];
}

/** One stands for all: with the line that mends it, the others are mended. */
function oneOf(
  missing: readonly (readonly [what: string, by: string])[],
  cover: ReleaseCover,
  { subject, path, service, files }: Loader,
  wanted: (what: string) => string,
): Foresight[] {
  const [first, ...others] = missing;
  if (first === undefined) return [];
  const [what, by] = first;
  const more = [...new Set([...files, ...missing.map(([one]) => wanted(one))])];
  const also = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return [
    {
      code: "command-file-missing",
      path,
      message: `${subject} starts ${by}, which loads ${what}${also}: that is not among the files of the release`,
      hint: `Add it to \`files\` of "${service}": files: [${more.map((text) => JSON.stringify(text)).join(", ")}]`,
      isCertain: cover.outputFor(by) === undefined,
    },
  ];
}
