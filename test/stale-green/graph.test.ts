import { describe, expect, it } from "vitest";
import { requireProgram } from "../support/require.ts";
import { green, notKept, StaleProject } from "./support.ts";

/** What lies between tasks, and what a task does while nobody looks. */
describe("promise 1: 5: an input that another task writes", () => {
  const tasks = `const gen = task({ run: "mkdir lib && cp schema lib/types", inputs: ["schema"], outputs: ["lib/"] });
const use = task({ run: "cp lib/types out.txt", needs: [gen], inputs: [], outputs: ["out.txt"] });`;

  it("counts as it is after that task, not as it was when the run began", async () => {
    const project = new StaleProject(tasks, { schema: "one" });
    await project.run();
    project.write({ schema: "two" });
    expect(await project.run()).toMatchObject(green({ gen: "ran", use: "ran" }));
    expect(project.read("out.txt")).toBe("two");
    expect(await project.run()).toMatchObject(green({ gen: "hit", use: "hit" }));
  });

  it("is an error when the other task is not needed: nobody knows which of its states is read", async () => {
    const project = new StaleProject(tasks.replace("needs: [gen], inputs: []", 'inputs: ["lib/types"]'), {
      schema: "",
    });
    expect(await project.run()).toMatchObject({ code: 2, codes: ["unknown-need"] });
  });
});

describe("promise 1: 11: a change far upstream", () => {
  it("counts also where what stands between writes the same", async () => {
    const project = new StaleProject(
      `const config = task({ run: "cp in config.txt", inputs: ["in"], outputs: ["config.txt"] });
const build = task({ run: "echo built > build.txt", needs: [config], inputs: [], outputs: ["build.txt"] });
const test = task({ run: "cat config.txt > test.txt && grep -q good config.txt", needs: [build], inputs: [], outputs: ["test.txt"] });`,
      { in: "good" },
    );
    await project.run();
    project.write({ in: "good enough" });
    expect(await project.run()).toMatchObject(green({ config: "ran", build: "ran", test: "ran" }));
    expect(project.read("test.txt")).toBe("good enough");
    project.write({ in: "broken" });
    expect(await project.run()).toMatchObject({ code: 1, tasks: { config: "ran", build: "ran", test: "failed" } });
  });
});

describe("promise 1: 12: a file that changes while the task runs", () => {
  it("keeps the result out of the cache: nobody knows which state it belongs to", async () => {
    const project = new StaleProject(
      `const t = task({ run: "cp in out.txt && echo changed > in", inputs: ["in"], outputs: ["out.txt"] });`,
      { in: "one\n" },
    );
    const first = await project.run();
    expect(first).toMatchObject(green({ t: "ran" }));
    expect(notKept(first, "t")).toBe("inputsChanged");
    expect(await project.run()).toMatchObject(green({ t: "ran" }));
    expect(project.read("out.txt")).toBe("changed\n");
    project.write({ in: "one\n" });
    expect(await project.run()).toMatchObject(green({ t: "ran" }));
    expect(project.read("out.txt")).toBe("one\n");
  });
});

describe("promise 1: 13: what a program reads without its C library", () => {
  const hidden = { "hidden.cache": "not a cache\n" };

  it("is not there when the task is staged, however the program was linked", async () => {
    const project = new StaleProject(
      `const t = task({ run: "test -e hidden.cache", inputs: [], confine: "staged" });`,
      hidden,
    );
    expect(await project.run()).toMatchObject({ code: 1, tasks: { t: "failed" } });
  });

  it("is seen by an audit, since the kernel is asked and not the library", async (context) => {
    requireProgram(context, "strace", "strace");
    const project = new StaleProject(
      `const t = task({ run: "/sbin/ldconfig -C hidden.cache -p || true", inputs: [] });`,
      hidden,
    );
    const { stdout } = await project.cli(["run", "--audit", "t"]);
    expect(stdout).toContain('inputs: ["hidden.cache"],');
  });
});

describe("promise 1: 14: a task that reads and writes the same file", () => {
  it("is an error when it says so", async () => {
    const project = new StaleProject(`const t = task({ run: "true", inputs: ["a.txt"], outputs: ["a.txt"] });`, {
      "a.txt": "",
    });
    expect(await project.run()).toMatchObject({ code: 2, codes: ["output-conflict"] });
  });

  it("settles when it does not say so: it runs until it changes nothing, then its result is kept", async () => {
    const format = "sed 's/ *$//' a.txt > .new && if cmp -s .new a.txt; then rm .new; else mv .new a.txt; fi";
    const project = new StaleProject(`const format = task({ run: ${JSON.stringify(format)}, inputs: ["a.txt"] });`, {
      "a.txt": "spaces   \n",
    });
    expect(notKept(await project.run(), "format")).toBe("inputsChanged");
    expect(await project.run()).toMatchObject(green({ format: "ran" }));
    expect(await project.run()).toMatchObject(green({ format: "hit" }));
    project.write({ "a.txt": "spaces   \n" });
    expect(await project.run()).toMatchObject(green({ format: "ran" }));
    expect(project.read("a.txt")).toBe("spaces\n");
  });
});

describe("promise 1: 19: a gate that looks at everything, with inputs that name little", () => {
  const gate = "! grep -rl forbidden src";
  const files = { "src/a/ok.txt": "fine\n", "src/b/ok.txt": "fine\n" };

  it("does not pass on files it was not shown when it is staged", async () => {
    const look = `test $(ls src | wc -l) -eq 2 && ${gate}`;
    const project = new StaleProject(
      `const gate = task({ run: "${look}", inputs: ["src/a/**"], confine: "staged" });`,
      files,
    );
    expect(await project.run()).toMatchObject({ code: 1, tasks: { gate: "failed" } });
    project.redefine('inputs: ["src/a/**"]', 'inputs: ["src/**"]');
    expect(await project.run()).toMatchObject(green({ gate: "ran" }));
    project.write({ "src/b/bad.txt": "forbidden\n" });
    expect(await project.run()).toMatchObject({ code: 1, tasks: { gate: "failed" } });
  });

  it("is found by an audit, which says the line to add", async (context) => {
    requireProgram(context, "strace", "strace");
    const project = new StaleProject(`const gate = task({ run: "${gate}", inputs: ["src/a/**"] });`, files);
    const { stdout } = await project.cli(["run", "--audit", "gate"]);
    // It was listed: a file that comes to it counts, too.
    expect(stdout).toContain('inputs: ["src/a/**", "src/b/*"],');
  });
});
