import { describe, expect, it } from "vitest";
import { task } from "../../src/definition/builders.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { parsePattern } from "../../src/graph/patterns/pattern.ts";
import { type AuditScope, undeclared } from "../../src/runner/audit/findings.ts";
import { linesToAdd } from "../../src/runner/audit/lines-to-add.ts";
import { parseTrace } from "../../src/runner/audit/trace.ts";

describe("a trace", () => {
  it("says what was read and written, with paths as the kernel resolved them", () => {
    const trace = parseTrace(
      [
        String.raw`execve("/usr/bin/cat", ["cat", "a"], 0x7ff /* 3 vars */) = 0
openat(AT_FDCWD</p>, "link/a", O_RDONLY) = 3</p/real/a>
openat(AT_FDCWD</p>, "missing", O_RDONLY) = -1 ENOENT (No such file or directory)
openat(AT_FDCWD</p>, "src", O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY) = 4</p/src>
openat(AT_FDCWD</p>, "w\303\244s", O_RDONLY|O_CLOEXEC) = 3</p/w\303\244s>
openat(AT_FDCWD</p>, "out", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 5</p/out>
openat(AT_FDCWD</p>, "both", O_RDWR) = 5</p/both (deleted)>
exit_group(0) = ?`,
        `chdir("/p/sub")                         = 0
rename("old", "new")                    = 0
symlink("target", "made")               = 0
unlinkat(7</p/other>, "gone", 0)        = 0
mkdir("denied", 0777)                   = -1 EACCES (Permission denied)
execve("./tool.sh", ["./tool.sh"], 0x7ff /* 3 vars */) = 0`,
      ],
      "/p",
    );
    expect([...trace.read].sort()).toEqual(["/p/both", "/p/real/a", "/p/sub/tool.sh", "/p/wäs", "/usr/bin/cat"]);
    expect([...trace.written].sort()).toEqual([
      "/p/both",
      "/p/other/gone",
      "/p/out",
      "/p/sub/made",
      "/p/sub/new",
      "/p/sub/old",
    ]);
    expect([...trace.removed].sort()).toEqual(["/p/other/gone", "/p/sub/old"]);
  });

  it("says by the time who was first: read, then written, is both; what was made and read again is not", () => {
    const trace = parseTrace(
      [
        `2.5 openat(AT_FDCWD</p>, "sorted", O_WRONLY|O_TRUNC) = 3</p/sorted>
3.5 openat(AT_FDCWD</p>, "made", O_RDONLY) = 3</p/made>`,
        `1.5 openat(AT_FDCWD</p>, "sorted", O_RDONLY) = 3</p/sorted>
1.6 openat(AT_FDCWD</p>, "made", O_WRONLY|O_CREAT, 0666) = 3</p/made>
4.5 unlink("made") = 0
4.6 unlink("source") = 0`,
      ],
      "/p",
    );
    expect([...trace.read]).toEqual(["/p/sorted"]);
    expect([...trace.written].sort()).toEqual(["/p/made", "/p/sorted", "/p/source"]);
    expect([...trace.removed]).toEqual(["/p/source"]);
  });

  it("counts listed folders and changed modes", () => {
    const trace = parseTrace(
      [
        `1.1 openat(AT_FDCWD</p>, "src", O_RDONLY|O_DIRECTORY) = 4</p/src>
1.2 getdents64(4</p/src>, 0x5 /* 3 entries */, 32768) = 80
1.3 fchmodat(AT_FDCWD</p>, "tool", 0755) = 0
1.4 fchmod(5</p/other>, 0755) = 0`,
      ],
      "/p",
    );
    expect([...trace.listed]).toEqual(["/p/src"]);
    expect([...trace.written]).toEqual(["/p/tool", "/p/other"]);
  });
});

describe("the findings of an audit", () => {
  const gen = task({ run: "gen", inputs: [], outputs: ["gen/"] });
  const lib = task({ run: "lib", inputs: [], outputs: ["lib/"] });
  const build = task({ run: "build", needs: [lib], inputs: ["src/**"], outputs: ["dist/"] });
  const { graph } = buildGraph({ gen, lib, build });
  const node = graph.get("build")!;
  const many = ["a", "b", "c", "d", "e"];
  const folders: Record<string, string[]> = {
    "": ["base.json"],
    src: ["src/a"],
    data: ["data/x"],
    mixed: ["mixed/.env", "mixed/x"],
    config: many.map((name) => `config/${name}`),
    made: many.map((name) => `made/${name}`),
    kept: [...many.map((name) => `kept/${name}`), "kept/source"],
  };
  const scope: AuditScope = {
    projectFolder: "/p",
    task: node,
    inputs: new Set(["src/a"]),
    outputsBehind: graph.get("lib")!.patterns.outputs,
    ownerOf: (path) => (path.startsWith("gen/") ? "gen" : path.startsWith("lib/") ? "lib" : undefined),
    isFile: (path) => path !== "removed",
    filesIn: (folder) => folders[folder],
    isSystem: (path) => path.startsWith("/usr/"),
  };
  const find = (read: string[], written: string[] = [], listed: string[] = [], removed: string[] = []) =>
    undeclared(scope, {
      read: new Set(read),
      written: new Set(written),
      listed: new Set(listed),
      removed: new Set(removed),
    });
  const git = {
    isIgnored: (path: string) => /\.env$/.test(path) || path.startsWith("node_modules"),
    isTracked: (path: string) => path === "tracked",
  };

  it("leave out what is declared, the task's own files, the system's and what is gone again", () => {
    const reads = [
      "/p/src/a",
      "/p/lib/x",
      "/p/dist/y",
      "/p/temp",
      "/usr/lib/libc.so",
      "/p/.tidegate/key",
      "/p/base.json",
    ];
    expect(find([...reads, "/home/.npmrc"], ["/p/dist/y", "/p/temp", "/p/removed"])).toEqual({
      reads: ["base.json", "temp"],
      writes: ["temp"],
      outside: ["/home/.npmrc"],
    });
  });

  it("become lines: needs for what other tasks write, patterns for many files, local inputs for what git ignores", () => {
    const configs = many.map((name) => `/p/config/${name}`);
    const found = find(
      ["/p/gen/types", "/p/base.json", "/p/.env", "/p/node_modules/left/index.js", "/p/.git/HEAD", ...configs],
      ["/p/side.txt", "/p/gen/cache", "/p/src/a"],
    );
    expect(linesToAdd(scope, found, git)).toEqual([
      "needs: [lib, gen],",
      'inputs: ["src/**", "base.json", "config/*"],',
      'localInputs: [".env", "node_modules/"],',
      'outputs: ["dist/", "side.txt"],',
      "cache: false,",
    ]);
  });

  it("propose no outputs where git does not answer, which may track them, and say why", () => {
    const silent = { isIgnored: () => false, isTracked: () => false, silentBecause: "fatal: no" };
    expect(linesToAdd(scope, find(["/p/base.json"], ["/p/side.txt"]), silent)).toEqual([
      "// Git does not answer (fatal: no), so it is not known which files it ignores or tracks; no outputs are proposed",
      'inputs: ["src/**", "base.json"],',
    ]);
  });

  it("need no line when there are none", () => {
    expect(linesToAdd(scope, find(["/p/src/a"], ["/p/dist/x"]), git)).toEqual([]);
  });

  it("count folders that were listed, but for those of which a pattern says what counts", () => {
    const found = find([], [], ["/p/src", "/p/data", "/p/dist", "/p/lib", "/p", "/p/gone"]);
    expect(found.reads).toEqual(["./", "data/"]);
    expect(linesToAdd(scope, found, git)).toEqual(['inputs: ["src/**", "data/*"],']);
  });

  it("propose no pattern that would mean files which git ignores", () => {
    expect(linesToAdd(scope, find(["/p/mixed/x"], [], ["/p/mixed"]), git)).toEqual(['inputs: ["src/**", "mixed/x"],']);
  });

  it("propose no output that would remove sources: such a task is not cached", () => {
    const kept = many.map((name) => `/p/kept/${name}`);
    const made = many.map((name) => `/p/made/${name}`);
    const found = find(
      ["/p/base.json"],
      ["/p/base.json", "/p/tracked", "/p/removed", ...kept, ...made],
      [],
      ["/p/removed"],
    );
    expect(found).toMatchObject({ reads: ["base.json"] });
    expect(found.writes).toContain("removed");
    expect(linesToAdd(scope, found, git)).toEqual([
      'inputs: ["src/**", "base.json"],',
      'outputs: ["dist/", "kept/a", "kept/b", "kept/c", "kept/d", "kept/e", "made/*"],',
      "cache: false,",
    ]);
  });

  it.each(["app/[id]/page.tsx", "a*b", "{x,y}", "!first", "(a|b)", "it's \\ here"])(
    "name %s by a pattern that means it alone",
    (path) => {
      const [line = ""] = linesToAdd(scope, find([`/p/${path}`]), git);
      const [, text = ""] = JSON.parse(line.slice("inputs: ".length, -1));
      expect(parsePattern(text)).toMatchObject({ ok: true, pattern: { kind: "path", base: path, excluded: false } });
    },
  );

  it("name tasks only where a name can stand in a program", () => {
    const odd = { ...scope, ownerOf: () => "css:build" };
    expect(linesToAdd(odd, find(["/p/gen/x"]), git)).toEqual(['// needs, too: "css:build"']);
  });
});
