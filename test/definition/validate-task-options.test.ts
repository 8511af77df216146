import { describe, expect, test } from "vitest";
import { concurrencyGroup, defineProject, matrix, task, workspace } from "../../src/definition/builders.ts";
import { validateProject } from "../../src/definition/check/validate.ts";
import { all, branch, changed, env, equals, installed, isSet, not } from "../../src/definition/conditions.ts";
import type { Problem } from "../../src/definition/problem.ts";

// biome-ignore lint/suspicious/noExplicitAny: what the types refuse is what is tested here
type Wrong = any;

function show({ path, message, hint }: Problem): string {
  return `${path.join(".")}: ${message}${hint === undefined ? "" : ` | ${hint}`}`;
}

const ofPipeline = (pipeline: object, packages?: object) => {
  const project = defineProject({ name: "shop", pipeline, ...(packages && { packages }) } as Wrong);
  return validateProject(project).map(show);
};
const ofTask = (options: object) => ofPipeline({ build: task({ run: "x", ...options } as Wrong) });
const ofPackages = (tasks: object, pipeline: object = {}) => ofPipeline(pipeline, workspace(tasks as Wrong));

describe("the options of a task", () => {
  test("may all be there", () => {
    const group = concurrencyGroup("db", 2);
    const when = all(
      branch("main"),
      not(changed("docs/**")),
      equals(env("A"), ""),
      isSet(env("B")),
      installed("docker"),
    );
    const services = { db: { run: "x", ready: "port", readyTimeout: "1s", provides: { URL: "{port}" }, env: ["A"] } };
    const retry = { times: 1, exitCodes: [1], patterns: ["x"], backoff: "1s" };
    expect(ofTask({ when, retry, services, concurrency: [group], allowFailure: true, always: false })).toEqual([]);
  });

  test("say what is wrong with a retry", () => {
    expect(ofTask({ retry: -1 })).toEqual([
      'pipeline.build.retry: Task "build": retry must be a whole number, 0 or more, not -1',
    ]);
    expect(
      ofTask({ retry: { times: 0, exitCodes: [0, 256], patterns: [""], delay: 1 } }).map((line) => line.split(":")[0]),
    ).toEqual([
      "pipeline.build.retry.times",
      "pipeline.build.retry.exitCodes.0",
      "pipeline.build.retry.exitCodes.1",
      "pipeline.build.retry.patterns.0",
      "pipeline.build.retry.delay",
    ]);
  });

  test("say what is wrong with a condition, at its place", () => {
    expect(ofTask({ when: "main" })[0]).toMatch(
      /^pipeline\.build\.when: Task "build": when must be a condition, not "main" \| Write/,
    );
    expect(ofTask({ when: (branch as Wrong)() })[0]).toContain("patterns must be at least one pattern");
    expect(
      ofTask({ when: all(branch("main"), not((equals as Wrong)("A", 1))) }).map((line) => line.split(":")[0]),
    ).toEqual(["pipeline.build.when.of.1.of.variable", "pipeline.build.when.of.1.of.value"]);
    expect(ofTask({ when: { ...branch("main"), else: 1 } })[0]).toContain('when has no key "else"');
  });

  test("refuse a condition that contains itself", () => {
    const loop: Wrong = { kind: "condition", condition: "not" };
    loop.of = loop;
    expect(ofTask({ when: loop })[0]).toContain("must be a condition");
  });

  test("say what is wrong with groups and services", () => {
    expect(ofTask({ concurrency: "db" })[0]).toContain("concurrency must be made by concurrencyGroup(…)");
    expect(ofTask({ concurrency: concurrencyGroup("a b", 0) }).map((line) => line.split(":")[0])).toEqual([
      "pipeline.build.concurrency.name",
      "pipeline.build.concurrency.limit",
    ]);
    expect(ofTask({ services: { "my-db": { run: "x" } } })[0]).toContain(
      "must be a name made of letters, digits and `_`",
    );
    expect(
      ofTask({ services: { db: { run: "", ready: "soon", provides: { "A B": 1 } } } }).map(
        (line) => line.split(":")[0],
      ),
    ).toEqual([
      "pipeline.build.services.db.run",
      "pipeline.build.services.db.ready",
      "pipeline.build.services.db.provides.A B",
      "pipeline.build.services.db.provides.A B",
    ]);
  });

  test("refuse two groups of one name with different limits", () => {
    const a = task({ run: "x", concurrency: concurrencyGroup("db", 1) });
    const b = task({ run: "x", concurrency: concurrencyGroup("db", 2) });
    expect(ofPipeline({ a, b })).toEqual([
      'pipeline.b.concurrency: The concurrency group "db" has the limit 1 for "a", and 2 here | Use one concurrencyGroup(…) for both.',
    ]);
  });
});

describe("a matrix", () => {
  test("is checked cell by cell, without the name of each being judged", () => {
    expect(ofPipeline({ test: matrix({ node: [22, 24] }, () => task({ run: "x" })) })).toEqual([]);
    expect(
      ofPipeline({ test: matrix({ node: [22, 24] }, ({ node }) => task({ run: node === 24 ? "" : "x" })) }),
    ).toEqual([
      'pipeline.test.cells.1.task.run: Task "test": run must be a command: a text, or a list of its words, not ""',
    ]);
  });

  test("without a task, with a value twice, or with one that cannot be part of a name is refused", () => {
    expect(ofPipeline({ test: matrix({ node: [] }, () => task({ run: "x" })) })[0]).toContain(
      'Matrix "test" has no task',
    );
    expect(ofPipeline({ test: matrix({ node: [1, 1] }, () => task({ run: "x" })) })[0]).toContain(
      'has {"node":1} twice',
    );
    const spaces = matrix({ flag: ["--a b"] }, () => task({ run: "x" }));
    expect(ofPipeline({ test: spaces })[0]).toContain('flag="--a b" cannot be part of a task\'s name');
    expect(ofPipeline({ test: { kind: "matrix" } })[0]).toContain("is not made by matrix(…)");
  });
});

describe("tasks of packages", () => {
  test("may need each other, the same in other packages, and tasks of the pipeline", () => {
    const install = task({ run: "x" });
    expect(ofPackages({ build: { needs: ["^build", "gen", install] }, gen: {} }, { install })).toEqual([]);
  });

  test("say which need there is not, and what was meant", () => {
    expect(ofPackages({ build: { needs: ["^biuld", "nothing-like-it", 5] } })).toEqual([
      'packages.build.needs.0: Task "build" of the packages needs "^biuld" | Did you mean "^build"?',
      'packages.build.needs.1: Task "build" of the packages needs "nothing-like-it" | Name one of build (`^build`: in the packages that this one depends on; `utils#build`: in the package utils), or give a task itself.',
      'packages.build.needs.2: Task "build" of the packages needs something that is not a task | Name one of build (`^build`: in the packages that this one depends on; `utils#build`: in the package utils), or give a task itself.',
    ]);
  });

  test("say what is wrong with their keys, also in overrides", () => {
    const wrong = { input: [], script: "", outputs: ["../x"], overrides: { web: { when: 1, inputs: ["/abs"] } } };
    expect(
      ofPackages({ build: wrong })
        .map((line) => line.split(":")[0])
        .sort(),
    ).toEqual([
      "packages.build.input",
      "packages.build.outputs.0",
      "packages.build.overrides.web.inputs.0",
      "packages.build.overrides.web.when",
      "packages.build.script",
    ]);
    expect(ofPackages({ build: { run: "x", script: "y" } })[0]).toContain("has both a script and a command");
    expect(ofPackages({ build: { rootInputs: ["a"] } })[0]).toContain(
      "has rootInputs, but its inputs are not declared",
    );
    expect(ofPackages({ test: { shards: "4" } })[0]).toContain("shards must be a whole number, 1 or more");
    expect(ofPackages({ build: { needs: ["utils#biuld"] } })[0]).toContain('Did you mean "utils#build"?');
  });

  test("can have test files in their own command, a shared one, or behind a script", () => {
    const files = { testFiles: ["test/*"], shards: 2 };
    expect(ofPackages({ test: files })).toEqual([]);
    expect(ofPackages({ test: { run: "x", ...files } })[0]).toContain("its command has no {files}");
    expect(ofPackages({ test: { run: "x {files}", overrides: { web: files } } })).toEqual([]);
    const [wrong] = ofPackages({ test: { run: "x", overrides: { web: files } } });
    expect(wrong).toMatch(/^packages\.test\.overrides\.web\.run: .*its command has no \{files\}/);
  });

  test("have names of their own", () => {
    expect(ofPackages({ build: {} }, { build: task({ run: "x" }) })[0]).toContain(
      '"build" is the name of a task of the pipeline and also of one in the packages',
    );
    expect(ofPackages({ "a#b": {} })[0]).toContain("cannot be the name of a task");
    expect(ofPipeline({}, { build: { script: "x" } })[0]).toContain("is not made by workspace(…)");
  });
});
