import { describe, expect, test } from "vitest";
import type { Project } from "../../src/definition/types.ts";
import { admission } from "../../src/environment/admission.ts";
import { deploymentsToKeep } from "../../src/environment/keep.ts";
import { environmentOrder, wayTo } from "../../src/environment/order.ts";
import { type RetentionInput, releasesToKeep } from "../../src/environment/retention.ts";
import { rollbackTarget } from "../../src/environment/rollback-target.ts";
import { deployment, release, withConfig } from "./fixtures.ts";

describe("admission", () => {
  const codes = (applicant: Parameters<typeof admission>[0]) => admission(applicant).map(({ code }) => code);

  test("lets a release in that nothing speaks against", () => {
    expect(codes({ environment: "staging", release: release("a") })).toEqual([]);
  });

  test("refuses a release that was rolled back, and says why and how to lift it", () => {
    const [failure] = admission({ environment: "staging", release: release("a", "it was slow") });
    expect(failure).toMatchObject({ code: "release-quarantined", cause: "it was slow" });
    expect(failure?.hint).toContain("tidegate release clear aaaaaaaa");
  });

  test.each([
    ["was never there", [deployment(1, "b")], ["not-promoted"]],
    ["was there and was taken out", [deployment(1, "a", "reverted")], ["not-promoted"]],
    ["is on its way there", [deployment(1, "a", "unfinished")], ["not-promoted"]],
    ["served there once", [deployment(2, "b"), deployment(1, "a")], []],
  ])("a release that %s", (_, deployments, expected) => {
    const after = { name: "staging", deployments };
    expect(codes({ environment: "production", release: release("a"), after })).toEqual(expected);
  });

  test("says everything that speaks against a release at once", () => {
    const after = { name: "staging", deployments: [] };
    expect(codes({ environment: "production", release: release("a", "bad"), after })).toEqual([
      "release-quarantined",
      "not-promoted",
    ]);
  });
});

describe("a rollback", () => {
  const to = (deployments: ReturnType<typeof deployment>[], serving: number, refused: readonly string[] = []) => {
    const releases = ["a", "b", "c"].map((letter) => release(letter, refused.includes(letter) ? "bad" : undefined));
    const from = deployments.find(({ id }) => id === serving)!;
    return rollbackTarget(
      deployments.toSorted((one, other) => other.id - one.id),
      from,
      releases,
    )?.id;
  };

  test.each<[string, ReturnType<typeof deployment>[], number, readonly string[], number | undefined]>([
    ["goes to the release before", [deployment(1, "a"), deployment(2, "b")], 2, [], 1],
    ["has nowhere to go from the first", [deployment(1, "a")], 1, [], undefined],
    [
      "passes over deployments of the same release",
      [deployment(1, "a"), deployment(2, "b"), deployment(3, "b")],
      3,
      [],
      1,
    ],
    ["passes over what failed", [deployment(1, "a"), deployment(2, "c", "reverted"), deployment(3, "b")], 3, [], 1],
    ["passes over what is refused", [deployment(1, "a"), deployment(2, "c"), deployment(3, "b")], 3, ["c"], 1],
    [
      "does not go forward to what was rolled back",
      [deployment(1, "a"), deployment(2, "b"), deployment(3, "a")],
      3,
      ["b"],
      undefined,
    ],
    [
      "goes to the config before, of the same release",
      [deployment(1, "a"), withConfig(deployment(2, "b"), "fast"), withConfig(deployment(3, "b"), "slow")],
      3,
      [],
      2,
    ],
    [
      "passes over a config that was rolled back",
      [
        deployment(1, "a"),
        withConfig(deployment(2, "b"), "fast"),
        withConfig(deployment(3, "b"), "slow"),
        { ...withConfig(deployment(4, "b"), "fast"), kind: "rollback" as const },
      ],
      4,
      [],
      1,
    ],
  ])("%s", (_, deployments, serving, refused, expected) => {
    expect(to(deployments, serving, refused)).toBe(expected);
  });
});

describe("what is kept", () => {
  const kept = (
    deployments: ReturnType<typeof deployment>[],
    inUse: number[] = [],
    refused: readonly string[] = [],
  ) => {
    const releases = "abcdefghij"
      .split("")
      .map((letter) => release(letter, refused.includes(letter) ? "bad" : undefined));
    return [
      ...deploymentsToKeep(
        deployments.toSorted((one, other) => other.id - one.id),
        new Set(inUse),
        releases,
      ),
    ].sort((a, b) => a - b);
  };
  const letters = "abcdefghij".split("");

  test("is the last five deployments", () => {
    expect(kept(letters.map((letter, index) => deployment(index + 1, letter)))).toEqual([6, 7, 8, 9, 10]);
  });

  test("is also what rollbacks can lead to, past any number of failures", () => {
    const failures = [3, 4, 5, 6, 7, 8, 9].map((id) => deployment(id, "c", "reverted"));
    expect(kept([deployment(1, "a"), deployment(2, "b"), ...failures])).toEqual([1, 2, 5, 6, 7, 8, 9]);
  });

  test("is also what runs, and what is not finished", () => {
    const all = letters.map((letter, index) => deployment(index + 1, letter, index === 1 ? "unfinished" : "deployed"));
    expect(kept(all, [1])).toEqual([1, 2, 6, 7, 8, 9, 10]);
  });

  test("is not what no rollback may lead to", () => {
    const failures = [3, 4, 5, 6, 7].map((id) => deployment(id, "c", "reverted"));
    expect(kept([deployment(1, "a"), deployment(2, "b"), ...failures], [], ["a"])).toEqual([2, 3, 4, 5, 6, 7]);
  });
});

describe("the order of environments", () => {
  const project = (after: Record<string, string | undefined>) =>
    ({
      environments: Object.fromEntries(Object.entries(after).map(([name, before]) => [name, { after: before }])),
    }) as unknown as Project;

  test("is the one in which releases go through them, whatever the order of the definition", () => {
    const environments = project({ production: "staging", staging: "preview", preview: undefined, demo: undefined });
    expect(environmentOrder(environments)).toEqual(["preview", "staging", "production", "demo"]);
    expect(wayTo(environments, "staging")).toEqual(["preview", "staging"]);
  });
});

describe("releases whose files are kept", () => {
  const day = 24 * 60 * 60_000;
  const now = 100 * day;
  const made = (letters: string, ageDays: number) =>
    [...letters].map((letter) => ({ ...release(letter), createdAt: now - ageDays * day }));
  const kept = (
    releases: RetentionInput["releases"],
    environments: RetentionInput["environments"],
    limits = { keep: 1, maxAgeMs: 7 * day },
  ) => {
    const found = releasesToKeep({ releases, environments, limits, now });
    return Object.fromEntries([...found].map(([digest, because]) => [digest.at(-1), because]));
  };
  const history = (...letters: readonly string[]) =>
    letters.map((letter, index) => deployment(index + 1, letter)).toReversed();

  test("are those that serve, that rollbacks lead to, that are young, and the latest", () => {
    const production = { serving: 3, deployments: history("a", "b", "c") };
    const cba = made("cba", 30);
    expect(kept([...made("d", 0), ...cba], [production])).toEqual({
      c: "serves",
      a: "servedBefore",
      b: "servedBefore",
      d: "young",
    });
    expect(kept([...made("d", 30), ...cba], [production])).toMatchObject({ d: "latest" });
    expect(kept([...made("dx", 30), ...cba], [production])).not.toHaveProperty("x");
  });

  test("are also those that are about to serve, and those that are pinned", () => {
    const deployments = [deployment(9, "e", "unfinished"), ...history("a", "b", "c", "d", "a", "b", "c", "d")];
    const pinned = made("f", 30).map((one) => ({ ...one, pinned: { at: 1 } }));
    const found = kept([...made("lg", 30), ...pinned], [{ serving: 8, deployments }]);
    expect(found).toMatchObject({ d: "serves", e: "underWay", f: "pinned", l: "latest" });
    expect(found).not.toHaveProperty("g");
  });

  test("are the newest that each environment has had, also those that failed there", () => {
    const failing = [..."abcdefgh"].map((letter, index) => deployment(index + 1, letter, "reverted")).toReversed();
    const found = kept(made("z", 30), [{ deployments: failing }], { keep: 7, maxAgeMs: day });
    expect(found).toMatchObject({ h: "servedBefore", b: "recent", z: "latest" });
    expect(found).not.toHaveProperty("a");
  });

  test("are all of them when the clock of who made them runs ahead", () => {
    expect(kept(made("yx", -1), [])).toEqual({ x: "young", y: "young" });
  });
});
