import { globSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const source = join(import.meta.dirname, "../src");

/**
 * From the top down, as in CONTRIBUTING.md: a room may use its own and those below it, never one above. Rooms that are
 * planned have their place before they are there.
 */
const rooms = [
  "cli",
  "server",
  "dashboard",
  "app",
  "documents",
  "state",
  "agent",
  "rollout",
  "environment",
  "resources",
  "release",
  "config",
  "run",
  "runner",
  "cache",
  "test-history",
  "reports",
  "inputs",
  "graph",
  "definition",
  "drivers",
  "gateway",
  "static-site",
  "secrets",
  "records",
  "store",
  "blobs",
  "strategies",
  "events",
  "git",
  "launcher",
  "process",
  "files",
  "concurrency",
  "errors",
];

/** Rooms that are being rebuilt: circles inside of them are looked at again when they are done. */
const underWork = new Set<string>();

/** The core: no input, no output, no clock, no dice. They are passed in. */
const core = [
  "rollout/{machine,rollout-state,plan,reverse,step,fleet-at,narrate,journal,backoff}.ts",
  "rollout/analysis/*.ts",
  "strategies/**/*.ts",
  "environment/*.ts",
  "environment/parity/*.ts",
  "environment/drift/*.ts",
  "run/execute/schedule.ts",
  "cache/fingerprint/*.ts",
  "graph/*.ts",
  "graph/{outputs,patterns,selection}/*.ts",
  "graph/workspace/package*.ts",
  "definition/{builders,types,distance,quantity,problem}.ts",
  "definition/check/*.ts",
  "config/{declare,resolve,resolve-*,resolved,check,to-text,schema}.ts",
  "documents/*.ts",
  "documents/{declare,facts,measure}/*.ts",
  "documents/render/**/*.ts",
  "records/*.ts",
  "concurrency/*.ts",
  "errors/*.ts",
  "events/*.ts",
];

/** A shell among them: it reads the packages from the disk. */
const shells = new Set(["graph/project-graph.ts"]);

const allowedInCore = new Set(["node:crypto", "node:util", "node:path"]);

const files = globSync("**/*.ts", { cwd: source }).sort();
const isFile = new Set(files);

/** Every arrow counts: also those of types alone, and imports that happen when they are needed. */
const arrows = new Map(files.map((file) => [file, localImports(file)]));

describe("dependency arrows", () => {
  test("every folder of src is a room of the design", () => {
    const found = new Set(files.filter((file) => file.includes("/")).map(roomOf));
    expect([...found].filter((room) => !rooms.includes(room))).toEqual([]);
  });

  test("lead to files that are there", () => {
    const lost = files.flatMap((file) => arrows.get(file)!.filter((target) => !isFile.has(target)));
    expect(lost).toEqual([]);
  });

  test("between rooms point down only", () => {
    const wrong = files
      .filter((file) => file !== "index.ts")
      .flatMap((file) =>
        arrows
          .get(file)!
          .filter((target) => rooms.indexOf(roomOf(target)) < rooms.indexOf(roomOf(file)))
          .map((target) => `${file} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  test("of faces lead to use cases: nothing below them is called from a verb or the server", () => {
    const allowed = /^(app|errors|events|cli|server)\//;
    const wrong = files
      .filter((file) => file.startsWith("cli/verbs/") || file.startsWith("server/"))
      .flatMap((file) =>
        arrows.get(file)!.flatMap((target) => (allowed.test(target) ? [] : [`${file} imports ${target}`])),
      );
    expect(wrong).toEqual([]);
  });

  test("between files make no circle, not even one of types or of imports that happen later", () => {
    const graph = new Map([...arrows].filter(([file]) => !underWork.has(roomOf(file))));
    expect(findCircle(graph)).toBeUndefined();
  });

  test("between the folders of a room make no circle", () => {
    const circles = foldersOf(files)
      .filter((folder) => !underWork.has(roomOf(folder)))
      .map((folder) => findCircle(arrowsInside(folder)))
      .filter((circle) => circle !== undefined);
    expect(circles).toEqual([]);
  });
});

test("a circle is found wherever it begins", () => {
  const graph = new Map([
    ["a", ["b"]],
    ["b", ["c", "d"]],
    ["c", []],
    ["d", ["b"]],
  ]);
  expect(findCircle(graph)).toEqual(["b", "d", "b"]);
  expect(findCircle(new Map([["a", ["b"]]]))).toBeUndefined();
});

test("every form of import is an arrow", () => {
  const text = [
    'import { a } from "./a.ts";',
    'import type { B } from "./b.ts";',
    'export type * from "./c.ts";',
    'const d = await import("./d.ts");',
    'type E = import("./e.ts").E;',
    'import "./f.ts";',
    '// import { g } from "./g.ts";',
    'import {\n  h,\n} from "./h.ts";',
  ].join("\n");
  expect(importedBy(text)).toEqual(["a", "b", "c", "d", "e", "f", "h"].map((name) => `./${name}.ts`));
});

test("no room has more than about 25 files at its top", () => {
  const crowded = [...new Set(files.map(roomOf))]
    .map(
      (room) => [room, files.filter((file) => file.split("/").length === 2 && roomOf(file) === room).length] as const,
    )
    .filter(([, count]) => count > 27);
  expect(crowded).toEqual([]);
});

test("the core does no input or output, reads no clock and rolls no dice", () => {
  for (const pattern of core) expect(globSync(pattern, { cwd: source }), pattern).not.toEqual([]);
  const pure = core.flatMap((pattern) => globSync(pattern, { cwd: source })).filter((file) => !shells.has(file));
  const wrong = pure.flatMap((file) => {
    const text = codeOf(file);
    const imports = importedBy(text).filter((name) => name.startsWith("node:") && !allowedInCore.has(name));
    const calls = ["Date.now(", "new Date()", "Math.random(", "performance.now(", "process.env", "setTimeout("].filter(
      (call) => text.includes(call),
    );
    return [...imports, ...calls].map((what) => `${file}: ${what}`);
  });
  expect(wrong).toEqual([]);
});

test("use cases have no terminal and know nothing of the process that they are in", () => {
  const names = [
    ...["env", "cwd", "chdir", "exit", "exitCode", "argv", "stdin", "stdout", "stderr", "on", "once"].map(
      (name) => `process.${name}`,
    ),
    "console.",
    '"node:tty"',
    '"node:readline',
  ];
  const wrong = files
    .filter((file) => file.startsWith("app/"))
    .flatMap((file) => {
      const code = withoutTexts(codeOf(file));
      return names.flatMap((name) => (mentions(code, name) ? [`${file}: ${name}`] : []));
    });
  expect(wrong).toEqual([]);
});

function mentions(code: string, name: string): boolean {
  const pattern = name.replaceAll(".", "\\.");
  return new RegExp(`(?<![\\w.])${pattern}${/\w$/.test(name) ? "(?!\\w)" : ""}`).test(code);
}

/** Code without its comments, and without texts that are no name of a module. */
function withoutTexts(code: string): string {
  return code
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/^\s*\/\/.*$/gm, "")
    .replaceAll(/"(?!node:)[^"\n]*"/g, '""');
}

function roomOf(file: string): string {
  return file.split("/")[0] ?? "";
}

function codeOf(file: string): string {
  return readFileSync(join(source, file), "utf8");
}

/** What a text of a file imports, in whatever way. */
function importedBy(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
  return [...code.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
}

function localImports(file: string): string[] {
  const local = importedBy(codeOf(file)).filter((name) => name.startsWith("."));
  return local.map((name) => relative(source, resolve(source, file, "..", name)));
}

/** Every folder below `src` that has folders in it, or files beside each other. */
function foldersOf(paths: readonly string[]): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const names = path.split("/");
    for (let depth = 1; depth < names.length; depth += 1) found.add(names.slice(0, depth).join("/"));
  }
  return [...found].sort();
}

/** The arrows between what stands in a folder: each folder in it counts as one thing, whatever is inside. */
function arrowsInside(folder: string): Map<string, string[]> {
  const thing = (file: string) => file.split("/", folder.split("/").length + 1).join("/");
  const inside = files.filter((file) => file.startsWith(`${folder}/`));
  const found = new Map<string, string[]>(inside.map((file) => [thing(file), []]));
  for (const file of inside) {
    const targets = arrows.get(file)!.filter((target) => target.startsWith(`${folder}/`));
    found.get(thing(file))!.push(...targets.map(thing).filter((target) => target !== thing(file)));
  }
  return found;
}

function findCircle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next, [...path, file]);
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
