import { existsSync } from "node:fs";
import { isAbsolute, posix, relative, sep } from "node:path";

/** The tree of a confined task, which stands for the project and is gone when the task has ended. */
const stage = /^\.tidegate\/stages\/[^/]+\/tree\//;

/** A path of a report, relative to the project when it is in it. */
export function projectPath(projectFolder: string, path: string): string {
  const clean = path.replace(/^file:\/\//, "").replace(/^\.\//, "");
  if (!isAbsolute(clean)) return clean;
  const inside = relative(projectFolder, clean);
  if (inside.startsWith("..") || inside === "") return clean;
  return inside.split(sep).join("/").replace(stage, "");
}

/** One name for a file of the program: `file` as a report has it, `sources` the folders that the report says it is in. */
export type NameSource = (file: string, sources?: readonly string[]) => string;

/**
 * Names the files that one report tells of, relative to the project, so that all reports have one name for a file and
 * different files have different ones. A relative name is taken from the folders that the report says it is in, or else
 * from the nearest folder around the report, or the task's, in which there is such a file. Of a file that is nowhere the
 * place of the report is part of the name: two packages may each have a `src/index.ts`.
 */
export function sourceNames(projectFolder: string, report: string, folder = ""): NameSource {
  const names = new Map<string, string>();
  const bases = basesOf(report, folder);
  const isThere = (path: string) => existsSync(isAbsolute(path) ? path : `${projectFolder}/${path}`);
  const find = (file: string, sources: readonly string[]): string => {
    if (isRooted(file)) return projectPath(projectFolder, file);
    const places = sources.filter((source) => source !== "");
    const around = places.flatMap((place) =>
      isRooted(place) ? [place] : bases.map((base) => posix.join(base, place)),
    );
    const named = [...around, ...(places.some(isRooted) ? [] : bases)].map((base) =>
      projectPath(projectFolder, posix.join(base, file)),
    );
    const found = named.find(isThere);
    if (found !== undefined) return found;
    const rooted = places.find(isRooted);
    if (rooted !== undefined) return projectPath(projectFolder, posix.join(rooted, file));
    return notThere(posix.join(places[0] ?? "", file), report);
  };
  return (file, sources = []) => {
    const key = [file, ...sources].join("\n");
    const known = names.get(key) ?? find(slashed(file), sources.map(slashed));
    names.set(key, known);
    return known;
  };
}

/** The folders around a report, from the inside out, and the task's. */
function basesOf(report: string, folder: string): string[] {
  const bases: string[] = [];
  for (let base = posix.dirname(report); base !== "."; base = posix.dirname(base)) bases.push(base);
  return [...new Set([...bases, folder, ""])];
}

function notThere(file: string, report: string): string {
  const base = posix.dirname(report);
  return base === "." ? file : `${file} (${base})`;
}

function slashed(path: string): string {
  return path
    .trim()
    .replace(/^file:\/\//, "")
    .replaceAll("\\", "/");
}

function isRooted(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z]:\//.test(path);
}
