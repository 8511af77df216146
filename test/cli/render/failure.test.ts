import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { renderFailures } from "../../../src/cli/render/failure.ts";
import type { Failure } from "../../../src/errors/failure.ts";

const style = { color: false, columns: 80, cwd: "/work/shop" };
const render = (...failures: Failure[]) => renderFailures(failures, style);
const at = (source: string, column: number, length?: number) => ({
  file: "/work/shop/tidegate.config.ts",
  line: 12,
  column,
  source,
  ...(length === undefined ? {} : { length }),
});

describe("a failure on the terminal", () => {
  it("shows what happened, where, why, and how to mend it", () => {
    const failure: Failure = {
      code: "config-missing",
      message: "LOG_LEVEL has no value in staging",
      location: at("    staging: { driver: local(), strategy: rolling() },", 5, 7),
      cause: "declared differs(…) in line 4",
      hint: 'Add to its config:\n  LOG_LEVEL: "info"',
    };
    expect(render(failure)).toBe(`error[config-missing]: LOG_LEVEL has no value in staging
  at tidegate.config.ts:12:5
     |
  12 |     staging: { driver: local(), strategy: rolling() },
     |     ~~~~~~~
  | declared differs(…) in line 4
  hint: Add to its config:
          LOG_LEVEL: "info"
`);
  });

  it("counts when there are several", () => {
    const failure: Failure = { code: "unknown-task", message: "a" };
    expect(render(failure, { ...failure, message: "b" })).toBe(
      "error[unknown-task]: a\n\nerror[unknown-task]: b\n\n✘ 2 problems\n",
    );
  });

  it("names files outside of the folder absolutely", () => {
    const failure: Failure = {
      code: "unknown-task",
      message: "a",
      location: { file: "/etc/x.ts", line: 1, column: 2 },
    };
    expect(render(failure)).toBe("error[unknown-task]: a\n  at /etc/x.ts:1:2\n");
  });

  it.each([
    ["tabs", "\t\tkey: 1", 3, 3, "        key: 1", "        ~~~"],
    ["wide characters", '"日本": 1', 1, 4, '"日本": 1', "~~~~~~"],
    ["a place behind the end", "abc", 9, 1, "abc", "   ~"],
    ["a length beyond the end", "abc", 2, 99, "abc", " ~~"],
    ["no length", "abc", 2, undefined, "abc", " ~"],
  ])("underlines the right cells with %s", (_, source, column, length, line, squiggle) => {
    const lines = render({ code: "unknown-task", message: "a", location: at(source, column, length) }).split("\n");
    expect(lines.slice(3, 5)).toEqual([`  12 | ${line}`, `     | ${squiggle}`]);
  });

  it("shows the part of a long line that matters, in the width of the terminal", () => {
    const source = `${"a".repeat(500)}WRONG${"b".repeat(500)}`;
    const lines = render({ code: "unknown-task", message: "a", location: at(source, 501, 5) }).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines[4]!.indexOf("~~~~~")).toBe(lines[3]!.indexOf("WRONG"));
  });

  it("bounds a long cause and keeps its end", () => {
    const cause = Array.from({ length: 100 }, (_, index) => `line ${index + 1}`).join("\n");
    const lines = render({ code: "task-failed", message: "a", cause }).split("\n");
    expect(lines.slice(1, 7)).toEqual([
      "  | line 1",
      "  | line 2",
      "  | line 3",
      "  | line 4",
      "  | … 80 lines left out",
      "  | line 85",
    ]);
    expect(lines.at(-2)).toBe("  | line 100");
  });

  it("lets nothing from outside act on the terminal", () => {
    const nasty = "x\u001b]0;title\u0007\u001b[2J";
    const failure: Failure = { code: "task-failed", message: nasty, cause: nasty, hint: nasty, location: at(nasty, 1) };
    expect(render(failure)).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  it("says the same with and without colours", () => {
    const failure: Failure = { code: "task-failed", message: "a", cause: "b", hint: "c", location: at("abc", 1) };
    const colored = renderFailures([failure], { ...style, color: true });
    expect(colored).toContain("\u001b[31m");
    expect(stripVTControlCharacters(colored)).toBe(render(failure));
  });
});
