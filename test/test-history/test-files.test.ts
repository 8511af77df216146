import { describe, expect, it } from "vitest";
import { projectPath } from "../../src/reports/source-names.ts";
import { TestFiles } from "../../src/test-history/test-files.ts";

describe("the path of a report", () => {
  it.each([
    ["/p/test/a.ts", "test/a.ts"],
    ["file:///p/test/a.ts", "test/a.ts"],
    ["./test/a.ts", "test/a.ts"],
    ["/elsewhere/a.ts", "/elsewhere/a.ts"],
    ["/pp/a.ts", "/pp/a.ts"],
    ["/p", "/p"],
    ["/p/.tidegate/stages/12.3.test.ab/tree/test/a.ts", "test/a.ts"],
  ])("%s is %s in the project", (path, expected) => {
    expect(projectPath("/p", path)).toBe(expected);
  });
});

describe("the file of a test", () => {
  const files = new TestFiles("/p", ["test/a.test.ts", "test/sub/a.test.ts", "tests/test_sum.py", "spec/x_spec.rb"]);
  const find = (name: string, file?: string) =>
    files.find({ name, result: "passed", flaky: false, message: "", ...(file !== undefined && { file }) });

  it.each([
    ["x", "/p/test/a.test.ts", "test/a.test.ts"],
    ["x", "sub/a.test.ts", "test/sub/a.test.ts"],
    ["x", "./spec/x_spec.rb", "spec/x_spec.rb"],
    ["test/a.test.ts › x", undefined, "test/a.test.ts"],
    ["tests.test_sum.TestGroup › x", undefined, "tests/test_sum.py"],
    ["tests.test_sum › x", undefined, "tests/test_sum.py"],
    ["spec.x_spec › x", undefined, "spec/x_spec.rb"],
    ["x", "a.test.ts", undefined],
    ["sum › x", undefined, undefined],
  ])("%s in %s is %s", (name, file, expected) => {
    expect(find(name, file)).toBe(expected);
  });

  it("that failed may be told by where it failed, which is no part of its name", () => {
    const test = {
      name: "x",
      result: "failed",
      flaky: false,
      message: "",
      place: { file: "/p/test/a.test.ts", line: 3 },
    } as const;
    expect(files.find(test)).toBeUndefined();
    expect(files.findFailed(test)).toBe("test/a.test.ts");
  });
});
