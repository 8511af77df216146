import { describe, expect, it } from "vitest";
import { sourceNames } from "../../src/reports/source-names.ts";
import { tempFolder } from "../support/temp-folder.ts";

describe("a file of a coverage report", () => {
  const project = () =>
    tempFolder({
      "src/app.ts": "",
      "packages/a/src/index.ts": "",
      "packages/b/src/index.ts": "",
      "packages/b/lib/only.ts": "",
      "python/one/__init__.py": "",
      "python/two/__init__.py": "",
    });

  it.each([
    ["the package around the report", "packages/a/coverage/lcov.info", "src/index.ts", [], "packages/a/src/index.ts"],
    ["another package's report", "packages/b/coverage/lcov.info", "./src/index.ts", [], "packages/b/src/index.ts"],
    [
      "the project, when the report has it so",
      "packages/a/coverage/lcov.info",
      "packages/b/src/index.ts",
      [],
      "packages/b/src/index.ts",
    ],
    ["the project around a folder of reports", "coverage/1/lcov.info", "src/app.ts", [], "src/app.ts"],
    ["a folder beside the report", "coverage/lcov.info", "../src/app.ts", [], "src/app.ts"],
    ["a folder that the report names", "coverage.xml", "__init__.py", ["python/two"], "python/two/__init__.py"],
    [
      "the one of several folders that has it",
      "coverage.xml",
      "one/__init__.py",
      ["src", "python"],
      "python/one/__init__.py",
    ],
    ["a place elsewhere", "coverage.xml", "__init__.py", ["/build/one"], "/build/one/__init__.py"],
    ["a disk of Windows", "coverage.xml", "Sum.cs", ["C:\\build\\"], "C:/build/Sum.cs"],
    ["nowhere, so that the report's place tells it apart", "pk/a/lcov.info", "src/gone.ts", [], "src/gone.ts (pk/a)"],
    ["nowhere, in a folder that the report names", "all/1.xml", "gone.py", ["lib"], "lib/gone.py (all)"],
  ])("is in %s", (_, report, file, sources, expected) => {
    expect(sourceNames(project(), report)(file, sources)).toBe(expected);
  });

  it("is in the task's package when its report is put elsewhere", () => {
    expect(sourceNames(project(), "reports/b/lcov.info", "packages/b")("lib/only.ts")).toBe("packages/b/lib/only.ts");
  });

  it("is the same whether a report names it absolutely, by its folder, or relatively", () => {
    const folder = project();
    const nameOf = sourceNames(folder, "coverage.xml");
    const names = [
      nameOf("src/app.ts"),
      nameOf(`${folder}/src/app.ts`),
      nameOf("app.ts", [`${folder}/src`]),
      nameOf("src/app.ts", [folder]),
    ];
    expect(new Set(names)).toEqual(new Set(["src/app.ts"]));
  });
});
