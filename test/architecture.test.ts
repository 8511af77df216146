import { globSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const source = join(import.meta.dirname, "../src");

/** From the top down. A room may import from its own and from those below it, never from one above. */
const rooms = [
  "cli",
  "agent",
  "rollout",
  "environment",
  "release",
  "config",
  "pipeline",
  "definition",
  "gateway",
  "drivers",
  "secrets",
  "records",
  "store",
  "blobs",
  "process",
  "files",
  "events",
  "errors",
];

/** The core: no input, no output, no clock, no dice. They are passed in. */
const core = [
  "rollout/{machine,plan,reverse,step,fleet-at,narrate,journal,backoff}.ts",
  "rollout/strategies/*.ts",
  "environment/*.ts",
  "pipeline/{graph,fingerprint,schedule,selection,output-conflicts}.ts",
  "definition/{builders,types,validate,check-*,shape,distance,duration}.ts",
  "config/{declare,resolve,resolve-*,resolved,check,to-text,schema}.ts",
  "errors/*.ts",
  "events/*.ts",
];

const allowedInCore = new Set(["node:crypto", "node:util", "node:path"]);

const files = globSync("**/*.ts", { cwd: source }).sort();

describe("dependency arrows", () => {
  test("every folder of src is a room of the design", () => {
    const found = new Set(files.filter((file) => file.includes("/")).map(roomOf));
    expect([...found].filter((room) => !rooms.includes(room))).toEqual([]);
  });

  test("point down only", () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((imported) => imported.startsWith("."))
        .map((imported) => relative(source, resolve(source, file, "..", imported)))
        .filter((target) => file !== "index.ts" && rooms.indexOf(roomOf(target)) < rooms.indexOf(roomOf(file)))
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("have no cycles between files", () => {
    expect(findCycle(new Map(files.map((file) => [file, localImports(file)])))).toBeUndefined();
  });
});

test("the core does no input or output, reads no clock and rolls no dice", () => {
  const pure = core.flatMap((pattern) => globSync(pattern, { cwd: source }));
  expect(pure.length).toBeGreaterThan(30);
  const wrong = pure.flatMap((file) => {
    const text = codeOf(file);
    const imports = importsOf(file).filter((name) => name.startsWith("node:") && !allowedInCore.has(name));
    const calls = ["Date.now(", "new Date()", "Math.random(", "performance.now(", "process.env", "setTimeout("].filter(
      (call) => text.includes(call),
    );
    return [...imports, ...calls].map((what) => `${file}: ${what}`);
  });
  expect(wrong).toEqual([]);
});

function roomOf(file: string): string {
  return file.split("/")[0] ?? "";
}

function codeOf(file: string): string {
  const text = readFileSync(join(source, file), "utf8");
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
}

/** What a file needs at run time or for its types; `import type` counts: an arrow is an arrow. */
function importsOf(file: string): string[] {
  return [...codeOf(file).matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
}

/** Imports that are there at run time; types alone cannot make a cycle. */
function localImports(file: string): string[] {
  const statements = codeOf(file).replaceAll(/import type[^;]*;|export type \{[^;]*;/g, "");
  return [...statements.matchAll(/\bfrom\s+"(\.[^"]+)"/g)].map((match) =>
    relative(source, resolve(source, file, "..", match[1] ?? "")),
  );
}

function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
