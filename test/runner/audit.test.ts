import { describe, expect, it } from "vitest";
import { task } from "../../src/definition/builders.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { type AuditScope, linesToAdd, undeclared } from "../../src/runner/audit/findings.ts";
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
    expect([...trace.read].sort()).toEqual(["/p/real/a", "/p/sub/tool.sh", "/p/wäs", "/usr/bin/cat"]);
    expect([...trace.written].sort()).toEqual([
      "/p/both",
      "/p/other/gone",
      "/p/out",
      "/p/sub/made",
      "/p/sub/new",
      "/p/sub/old",
    ]);
  });
});

describe("the findings of an audit", () => {
  const gen = task({ run: "gen", inputs: [], outputs: ["gen/"] });
  const lib = task({ run: "lib", inputs: [], outputs: ["lib/"] });
  const build = task({ run: "build", needs: [lib], inputs: ["src/**"], outputs: ["dist/"] });
  const { graph } = buildGraph({ gen, lib, build });
  const node = graph.get("build")!;
  const scope: AuditScope = {
    projectFolder: "/p",
    task: node,
    inputs: new Set(["src/a"]),
    outputsBehind: graph.get("lib")!.patterns.outputs,
    ownerOf: (path) => (path.startsWith("gen/") ? "gen" : path.startsWith("lib/") ? "lib" : undefined),
    isFile: (path) => path !== "removed",
    isSystem: (path) => path.startsWith("/usr/"),
  };
  const find = (read: string[], written: string[] = []) =>
    undeclared(scope, { read: new Set(read), written: new Set(written) });

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
      reads: ["base.json"],
      writes: ["temp"],
      outside: ["/home/.npmrc"],
    });
  });

  it("become lines: needs for what other tasks write, patterns for many files, local inputs for what git ignores", () => {
    const many = ["a", "b", "c", "d", "e"].map((name) => `/p/config/${name}`);
    const found = find(
      ["/p/gen/types", "/p/base.json", "/p/.env", "/p/node_modules/left/index.js", "/p/.git/HEAD", ...many],
      ["/p/side.txt", "/p/gen/cache", "/p/src/a"],
    );
    expect(linesToAdd(scope, found, (path) => path === ".env" || path.startsWith("node_modules"))).toEqual([
      "needs: [lib, gen],",
      'inputs: ["src/**", "base.json", "config/**"],',
      'localInputs: [".env", "node_modules/"],',
      'outputs: ["dist/", "side.txt"],',
    ]);
  });

  it("need no line when there are none", () => {
    expect(linesToAdd(scope, find(["/p/src/a"], ["/p/dist/x"]), () => false)).toEqual([]);
  });
});
