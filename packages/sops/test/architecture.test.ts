import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "../src");
const manifest = JSON.parse(readFileSync(join(source, "../package.json"), "utf8"));
const files = globSync("**/*.ts", { cwd: source }).sort();

/** From the top down; a folder uses itself and those below it. */
const folders = ["policy", "file", "signing", "age", "text"];

function importsOf(file: string): string[] {
  const code = readFileSync(join(source, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "");
  return [...code.matchAll(/\b(?:from\s*|import\s*\(?\s*)"([^"]+)"/g)].map((match) => match[1] ?? "");
}

test("the library imports its dependencies and itself, and nothing of the repository around it", () => {
  const allowed = new Set(Object.keys(manifest.dependencies));
  const foreign = files.flatMap((file) =>
    importsOf(file)
      .filter((name) =>
        name.startsWith(".")
          ? relative(source, join(source, dirname(file), name)).startsWith("..")
          : !name.startsWith("node:") && !allowed.has(name),
      )
      .map((name) => `${file} imports ${name}`),
  );
  expect(foreign).toEqual([]);
});

test("between its folders arrows point down only, and files make no circle", () => {
  const graph = new Map(
    files.map((file) => [
      file,
      importsOf(file)
        .filter((name) => name.startsWith("."))
        .map((name) => join(dirname(file), name)),
    ]),
  );
  const rank = (file: string) => folders.indexOf(file.split("/")[0]!);
  const inside = files.filter((file) => file.includes("/"));
  expect(inside.filter((file) => rank(file) < 0)).toEqual([]);
  const wrong = inside.flatMap((file) =>
    graph
      .get(file)!
      .filter((target) => (target.includes("/") ? rank(target) < rank(file) : target !== "result.ts"))
      .map((target) => `${file} imports ${target}`),
  );
  expect(wrong).toEqual([]);
  expect(circleIn(graph)).toBeUndefined();
});

function circleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const target of graph.get(file) ?? []) {
      const circle = visit(target, [...way, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const circle = visit(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
