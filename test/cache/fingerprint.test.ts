import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type FingerprintSource, fingerprintOf, upstreamDigest } from "../../src/cache/fingerprint/fingerprint.ts";
import { firstDifference } from "../../src/cache/fingerprint/first-difference.ts";
import { task } from "../../src/definition/builders.ts";
import type { TaskOptions } from "../../src/definition/types.ts";
import { countsForResults, taskEnvironment } from "../../src/inputs/environment.ts";
import type { Part } from "../../src/inputs/part.ts";

const options: TaskOptions = { run: "make", inputs: ["src/**"], outputs: ["dist/"], env: ["B", "A"] };
const source: FingerprintSource = {
  task: task(options),
  inputs: [["input:src/a", "file sha256:1"]],
  needs: [{ name: "install", outputs: "sha256:2", upstream: "sha256:3" }],
  environment: [
    ["A", "keyed:4"],
    ["B", undefined],
  ],
  tools: [["tool:make", "/usr/bin/make sha256:5"]],
  platform: "linux-x64",
};

describe("the fingerprint", () => {
  it("digests its parts, sorted by name, one JSON list a line", () => {
    const { fingerprint, parts } = fingerprintOf(source);
    expect(parts).toEqual([
      ["behind:install", "sha256:3"],
      ["env:A", "keyed:4"],
      ["env:B", "unset"],
      ["input:src/a", "file sha256:1"],
      ["need:install", "sha256:2"],
      ["platform", "linux-x64"],
      ["schema", "1"],
      ["task:env", '["A","B"]'],
      ["task:inputs", '["src/**"]'],
      ["task:outputs", '["dist/"]'],
      ["task:reports", "null"],
      ["task:run", '"make"'],
      ["tool:make", "/usr/bin/make sha256:5"],
    ]);
    const text = parts.map((part) => JSON.stringify(part)).join("\n");
    expect(fingerprint).toBe(`sha256:${createHash("sha256").update(text).digest("hex")}`);
  });

  const variants: [string, Partial<FingerprintSource>][] = [
    ["the command", { task: task({ ...options, run: "make all" }) }],
    ["the same words as a list", { task: task({ ...options, run: ["make"] }) }],
    ["what it reads", { task: task({ ...options, inputs: ["src/**", "!src/x"] }) }],
    ["what it writes", { task: task({ ...options, outputs: ["dist/", "types/"] }) }],
    ["its reports", { task: task({ ...options, reports: { junit: "j.xml" } }) }],
    ["an input's content", { inputs: [["input:src/a", "file sha256:9"]] }],
    ["an input's name", { inputs: [["input:src/b", "file sha256:1"]] }],
    ["an input's mode", { inputs: [["input:src/a", "file x sha256:1"]] }],
    ["what a need wrote", { needs: [{ name: "install", outputs: "sha256:9", upstream: "sha256:3" }] }],
    ["what stands behind a need", { needs: [{ name: "install", outputs: "sha256:2", upstream: "sha256:9" }] }],
    ["a variable", { environment: [["A", "keyed:9"]] }],
    ["a tool", { tools: [["tool:make", "/usr/bin/make sha256:9"]] }],
    ["the platform", { platform: "darwin-arm64" }],
  ];
  it.each(variants)("changes with %s", (_, change) => {
    expect(fingerprintOf({ ...source, ...change }).fingerprint).not.toBe(fingerprintOf(source).fingerprint);
  });

  it.each<[string, Partial<TaskOptions>]>([
    ["the stage", { stage: "verify" }],
    ["the timeout", { timeout: "1m" }],
    ["the number of attempts", { retry: 3 }],
    ["the order of variables", { env: ["A", "B"] }],
  ])("does not change with %s", (_, change) => {
    const changed = { ...source, task: task({ ...options, ...change }) };
    expect(fingerprintOf(changed).fingerprint).toBe(fingerprintOf(source).fingerprint);
  });

  it("does not mistake a name with a line end for two parts", () => {
    const one: Part[] = [["input:a\nb", "1"]];
    const two: Part[] = [
      ["input:a", "1"],
      ["input:b", "1"],
    ];
    expect(fingerprintOf({ ...source, inputs: one }).fingerprint).not.toBe(
      fingerprintOf({ ...source, inputs: two }).fingerprint,
    );
  });

  it("of what stands behind does not depend on the order of needs", () => {
    const a = { name: "a", outputs: "1", upstream: "2" };
    const b = { name: "b", outputs: "3", upstream: "4" };
    expect(upstreamDigest([a, b])).toBe(upstreamDigest([b, a]));
    expect(upstreamDigest([a])).not.toBe(upstreamDigest([{ ...a, upstream: "9" }]));
  });
});

describe("the first difference", () => {
  const before: Part[] = [
    ["behind:install", "1"],
    ["env:TOKEN", "keyed:1"],
    ["input:a", "1"],
    ["input:b", "1"],
    ["task:run", "1"],
  ];

  it.each<[string, Part[], unknown]>([
    ["a changed input", [["input:b", "2"]], { part: "input:b", before: "1", after: "2", others: 0 }],
    ["a new input", [["input:c", "2"]], { part: "input:c", after: "2", others: 0 }],
    [
      "the command before inputs",
      [
        ["input:a", "2"],
        ["task:run", "2"],
      ],
      { part: "task:run", before: "1", after: "2", others: 1 },
    ],
    [
      "an input before what follows from it",
      [
        ["behind:install", "2"],
        ["input:a", "2"],
      ],
      { part: "input:a", before: "1", after: "2", others: 1 },
    ],
    ["a variable, without its values", [["env:TOKEN", "keyed:2"]], { part: "env:TOKEN", others: 0 }],
    ["a variable that is no longer set", [["env:TOKEN", "unset"]], { part: "env:TOKEN", after: "unset", others: 0 }],
  ])("is %s", (_, changes, expected) => {
    const after = [...new Map([...before, ...changes])];
    expect(firstDifference(before, after)).toEqual({ reason: "changed", ...(expected as object) });
  });

  it("is a part that is gone", () => {
    expect(firstDifference(before, before.slice(0, 3))).toEqual({
      reason: "changed",
      part: "task:run",
      before: "1",
      others: 1,
    });
  });

  it("is nothing when nothing differs", () => {
    expect(firstDifference(before, [...before].reverse())).toBeUndefined();
  });
});

describe("a task's environment", () => {
  const caller = {
    PATH: "/usr/bin",
    HOME: "/home/x",
    LANG: "C",
    LC_ALL: "C.UTF-8",
    CI: "1",
    HTTPS_PROXY: "http://user:password@proxy",
    NPM_CONFIG_REGISTRY: "https://packages.example.org/",
    "npm_config_@shop:registry": "https://packages.example.org/shop/",
    "npm_config_//packages.example.org/:_authToken": "s3cret",
    npm_config_global: "true",
    PIP_INDEX_URL: "https://packages.example.org/pip/",
    GOFLAGS: "-mod=mod",
    AWS_SECRET_ACCESS_KEY: "s3cret",
    NODE_OPTIONS: "--require x",
    API_URL: "https://a",
    TIDEGATE_TASK_0123: "1/outer",
  };

  it("has the allow-list and what is declared, and nothing else", () => {
    const { variables } = taskEnvironment(caller, ["API_URL", "MISSING", "toString"], "/project");
    expect(variables).toEqual({
      PATH: "/project/node_modules/.bin:/usr/bin",
      HOME: "/home/x",
      LANG: "C",
      LC_ALL: "C.UTF-8",
      CI: "1",
      HTTPS_PROXY: "http://user:password@proxy",
      NPM_CONFIG_REGISTRY: "https://packages.example.org/",
      "npm_config_@shop:registry": "https://packages.example.org/shop/",
      PIP_INDEX_URL: "https://packages.example.org/pip/",
      API_URL: "https://a",
      TIDEGATE_TASK_0123: "1/outer",
    });
  });

  it("counts for the result what is declared, and what programs print and sort by", () => {
    const { counting } = taskEnvironment(caller, ["API_URL", "MISSING"], "/project");
    expect(Object.fromEntries(counting)).toEqual({
      LANG: "C",
      LC_ALL: "C.UTF-8",
      CI: "1",
      API_URL: "https://a",
      MISSING: undefined,
    });
    expect(["TZ", "LC_TIME", "PATH", "HOME", "TERM"].map(countsForResults)).toEqual([true, true, false, false, false]);
  });
});
