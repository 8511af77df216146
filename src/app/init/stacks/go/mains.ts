import type { Repository } from "../../repository.ts";
import { sourceFiles } from "../../source-files.ts";

/** A package that becomes a program. */
export interface MainPackage {
  /** Relative to the module, as `go build` takes it: `./cmd/server`, `.`. */
  readonly path: string;
  /** What the program is called. */
  readonly name: string;
  /** Its own sources and those of the module that it imports. */
  readonly text: string;
}

const aside = /(^|\/)(testdata|vendor|examples?|_examples|docs?|tools|hack|scripts|third_party|_.*)\//;

/** The main packages of a module, in code unit order; what is built for the module's own sake is left out. */
export function findMains(repository: Repository, module: string): MainPackage[] {
  const files = sourceFiles(
    repository,
    (path) => path.endsWith(".go") && !path.endsWith("_test.go") && !aside.test(path),
  );
  const nested = new Set(sourceFiles(repository, (path) => path.endsWith("/go.mod")).map(folderOf));
  const texts = new Map(
    files
      .filter((file) => ![...nested].some((one) => file.startsWith(`${one}/`)))
      .map((file) => [file, repository.read(file)]),
  );
  const packages = Map.groupBy(texts, ([file]) => folderOf(file));
  const isMain = ([, text]: readonly [string, string]) =>
    /^package main\b/m.test(text) && !/^\/\/(go:build|\s*\+build) ignore\b/m.test(text);
  return [...packages]
    .filter(([, sources]) => sources.some((source) => isMain(source) && /^func main\(\)/m.test(source[1])))
    .map(([folder]) => ({
      path: folder === "" ? "." : `./${folder}`,
      name: (folder === "" ? nameOf(module) : folder.split("/").at(-1)!) || "app",
      text: [...reachable(folder, module, packages)].join("\n"),
    }));
}

/** The last word of a module's path that is no version. */
export function nameOf(module: string): string {
  const parts = module.split("/");
  return (/^v\d+$/.test(parts.at(-1) ?? "") ? parts.at(-2) : parts.at(-1)) ?? "";
}

/** The sources of a package, and of all that it imports of its module. */
function reachable(
  folder: string,
  module: string,
  packages: ReadonlyMap<string, readonly (readonly [string, string])[]>,
): Set<string> {
  const seen = new Set([folder]);
  const texts = new Set<string>();
  for (const one of seen) {
    for (const [, text] of packages.get(one) ?? []) {
      texts.add(text);
      for (const [, path] of text.matchAll(/"([\w.~/-]+)"/g)) {
        if (path === module) seen.add("");
        if (path!.startsWith(`${module}/`)) seen.add(path!.slice(module.length + 1));
      }
    }
  }
  return texts;
}

function folderOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : "";
}
