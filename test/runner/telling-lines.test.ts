import { describe, expect, test } from "vitest";
import { missingIn } from "../../src/runner/commands/error-lines.ts";
import { TellingLines } from "../../src/runner/commands/telling-lines.ts";

function told(lines: readonly string[]): string[] {
  const telling = new TellingLines(20);
  for (const line of lines) telling.push(line);
  return telling.text().split("\n");
}

const many = (text: string, count: number) => Array.from({ length: count }, (_, at) => `${text} ${at}`);

describe("of a long output that ended badly", () => {
  test("how far a package manager was stands in nobody's way", () => {
    const progress = many("Progress: resolved 601, reused 97, downloaded 362, added", 100);
    const error = " ERR_PNPM_FETCH_404  GET https://packages.example/x.tgz: Not Found - 404";
    expect(told(["Scope: all 3 projects", ...progress, error, "No authorization header was set"])).toEqual([
      "Scope: all 3 projects",
      error,
      "No authorization header was set",
    ]);
  });

  test.each([
    ["tsc", "src/a.ts(3,5): error TS2322: Type 'string' is not assignable"],
    [
      "tsc, pretty",
      "\u001b[96msrc/a.ts\u001b[0m:\u001b[93m3\u001b[0m:\u001b[93m5\u001b[0m - \u001b[91merror\u001b[0m\u001b[90m TS2322: \u001b[0mType",
    ],
    ["eslint", "  3:5  error  'x' is not defined  no-undef"],
    ["npm", "npm error code ERESOLVE"],
    ["npm of before", "npm ERR! code ERESOLVE"],
    ["go", "./main.go:3:5: undefined: x"],
    ["go test", "--- FAIL: TestX (0.00s)"],
    ["go, at run time", "panic: runtime error: index out of range"],
    ["jest", "FAIL src/a.test.js"],
    ["vitest", " FAIL  test/a.test.ts > adds"],
    ["pytest", "E       AssertionError: assert 1 == 2"],
    ["node", "TypeError: x is not a function"],
    ["node, with a code", "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x' imported from /app/a.js"],
    ["rustc", "error[E0308]: mismatched types"],
    ["esbuild", '✘ [ERROR] Could not resolve "x"'],
    ["a shell", "sh: 1: vite: not found"],
    ["make", "make: *** [Makefile:3: all] Error 2"],
  ])("the first error is shown, with what is around it and the end (%s)", (_, line) => {
    const lines = told([...many("before", 100), line, ...many("after", 100), "the end"]);
    expect(lines.slice(0, 4)).toEqual(["before 97", "before 98", "before 99", line]);
    expect(lines).toContain("…");
    expect(lines.at(-1)).toBe("the end");
    expect(lines.length).toBeLessThanOrEqual(21);
  });

  test("a traceback's last line is the error", () => {
    const traceback = [
      "Traceback (most recent call last):",
      '  File "a.py", line 1, in <module>',
      "    f()",
      '  File "a.py", line 9, in f',
      "    1 / 0",
      "ZeroDivisionError: division by zero",
    ];
    const lines = told([...traceback, ...many("after", 100)]);
    expect(lines.slice(0, 4)).toEqual(
      ["    f()", ...traceback.slice(3)].map((line, at) => (at === 0 ? line.trim() : line)),
    );
  });

  test.each([
    ["✓ shows Error: when it is wrong"],
    ["0 errors, 3 warnings"],
    ["FAILED (failures=1)"],
    ["ok 1 - error: none"],
  ])("%j is none", (line) => {
    expect(told([line, ...many("after", 100)])).toEqual(many("after", 100).slice(-20));
  });

  test("all is shown when there is little of it", () => {
    expect(told(["one", "Error: two", "three"])).toEqual(["one", "Error: two", "three"]);
  });
});

describe("what is missing", () => {
  test.each([
    ["Error: Cannot find module 'left-pad/fp'", { kind: "module", name: "left-pad" }],
    ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@a/b' imported from /x", { kind: "module", name: "@a/b" }],
    [
      "a.ts(1,1): error TS2307: Cannot find module 'zod' or its corresponding type declarations.",
      { kind: "module", name: "zod" },
    ],
    ["ModuleNotFoundError: No module named 'flask'", { kind: "pythonModule", name: "flask" }],
    ["sh: 1: vite: not found", { kind: "program", name: "vite" }],
    ["/bin/bash: line 1: vite: command not found", { kind: "program", name: "vite" }],
    [
      "a.go:3:2: no required module provides package github.com/a/b; to add it:",
      { kind: "goModule", name: "github.com/a/b" },
    ],
    ["Error: Cannot find module './mine.js'", undefined],
    ["nothing", undefined],
  ])("is told by %j", (line, expected) => {
    expect(missingIn(line)).toEqual(expected);
  });
});
