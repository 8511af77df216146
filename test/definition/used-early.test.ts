import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DefinitionRig } from "./rig.ts";

let rig: DefinitionRig;
beforeAll(() => {
  rig = new DefinitionRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

async function failureOf(lines: readonly string[]) {
  const failures = await rig.diagnose(['import { defineProject, task } from "tidegate";', ...lines].join("\n"));
  expect(failures).toHaveLength(1);
  return failures[0]!;
}

describe("a constant that is used before it is defined", () => {
  test("is told as the circle that the tasks make, with a picture of it", async () => {
    const failure = await failureOf([
      'const build = task({ run: "true", needs: [test] });',
      'const lint = task({ run: "true", needs: [build] });',
      'const test = task({ run: "true", needs: [lint] });',
      'export default defineProject({ name: "x", pipeline: { build, lint, test } });',
    ]);
    expect(failure.code).toBe("dependency-cycle");
    expect(failure.message).toBe("Tasks need each other in a cycle: test → lint → build → test");
    expect(failure.cause).toBe("╭─▶ test\n│     ↓ needs\n│   lint\n│     ↓ needs\n╰── build");
    expect(failure.location).toMatchObject({ line: 4 });
    expect(failure.hint).toContain("const common = task(");
  });

  test("is told as a task that needs itself", async () => {
    const failure = await failureOf([
      'const build = task({ run: "true", needs: [build] });',
      'export default defineProject({ name: "x", pipeline: { build } });',
    ]);
    expect(failure.message).toBe("Tasks need each other in a cycle: build → build");
  });

  test("is told as lines in the wrong order when there is no circle, whatever keys have its name", async () => {
    const failure = await failureOf([
      'const test = task({ run: "true", needs: [build], env: ["test"] });',
      'const build = task({ run: "true", ...{ test: undefined } });',
      'export default defineProject({ name: "x", pipeline: { build, test } });',
    ]);
    expect(failure).toMatchObject({
      code: "definition-throws",
      message: 'The definition uses "build" before it is defined',
      location: { line: 2 },
      hint: "Move `const build = …` above this line.",
    });
  });
});
