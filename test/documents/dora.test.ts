import { describe, expect, test } from "vitest";
import { doraFigures } from "../../src/documents/dora.ts";
import type { PastDeployment } from "../../src/documents/measure/deployments.ts";

const minute = 60_000;
const day = 86_400_000;
const start = Date.parse("2027-01-01T00:00:00Z");

/** Deployment `id`, which ended after so many minutes. */
function entry(id: number, after: number, more: Partial<PastDeployment> = {}): PastDeployment {
  const at = start + after * minute;
  return {
    id,
    kind: "deploy",
    release: `r${id}`,
    at: at - minute,
    end: { at, outcome: "deployed" },
    gates: [],
    ...more,
  };
}

const takenOut = (id: number, after: number) =>
  entry(id, after, { end: { at: start + after * minute, outcome: "reverted" } });
const figures = (ledger: readonly PastDeployment[], days = 7) =>
  doraFigures({ environment: "production", ledger, days, now: start + 2 * day });

describe("the five figures", () => {
  const cases: readonly [string, readonly PastDeployment[], Record<string, unknown>][] = [
    [
      "of the worked example: a rollback and a hotfix",
      [
        entry(1, 10),
        entry(2, 20),
        entry(3, 30, { kind: "rollback" }),
        takenOut(4, 40),
        entry(5, 50, { remediates: 2, unplanned: true }),
      ],
      {
        deploymentsPerWeek: { value: 3, times: 3 },
        changeFailRate: { value: 0.33, times: 3 },
        changeFailRateWithAborted: { value: 0.5, times: 4 },
        recoveryMs: { value: 10 * minute, times: 1 },
        reworkRate: { value: 0.33, times: 3 },
      },
    ],
    [
      "of nothing are not known, and no zero is made of that",
      [],
      {
        leadTimeMs: { times: 0 },
        deploymentsPerWeek: { times: 0 },
        changeFailRate: { times: 0 },
        reworkRate: { times: 0 },
      },
    ],
    [
      "count a deployment that names what it remedies, also when others came between",
      [entry(1, 10), entry(2, 20), entry(3, 40, { remediates: 1 })],
      { changeFailRate: { value: 0.33, times: 3 }, recoveryMs: { value: 30 * minute, times: 1 } },
    ],
    [
      "don't take a later rollback for the remedy of every deployment before it",
      [entry(1, 10), entry(2, 20), entry(3, 25, { kind: "rollback" })],
      { changeFailRate: { value: 0.5, times: 2 }, recoveryMs: { value: 5 * minute, times: 1 } },
    ],
    [
      "take the median lead time, from the commit on",
      [10, 30, 80].map((after, index) => entry(index + 1, after, { committedAt: start })),
      { leadTimeMs: { value: 30 * minute, times: 3 } },
    ],
    [
      "take a release that is deployed again for no new change, though for a deployment",
      [
        entry(1, 10, { committedAt: start, release: "a" }),
        entry(2, 900, { committedAt: start, release: "a" }),
        entry(3, 920, { committedAt: start + 890 * minute, release: "b" }),
      ],
      { leadTimeMs: { value: 10 * minute, times: 2 }, deploymentsPerWeek: { value: 3, times: 3 } },
    ],
    [
      "know no lead time of a commit that is later than its deployment",
      [entry(1, 10, { committedAt: start + day })],
      { leadTimeMs: { times: 0 } },
    ],
    [
      "leave out what is older than the days asked for",
      [entry(1, -10 * 24 * 60), entry(2, 20)],
      { deploymentsPerWeek: { value: 1, times: 1 } },
    ],
  ];

  test.each(cases)("%s", (_, ledger, expected) => {
    expect(figures(ledger)).toMatchObject(expected);
  });

  test("tell the frequency since the first deployment, and of a week at least", () => {
    const now = start + 14 * day;
    const often = [entry(1, 10), entry(2, 20), entry(3, 30), entry(4, 40)];
    const perWeek = (ledger: readonly PastDeployment[], at: number) =>
      doraFigures({ environment: "production", ledger, days: 90, now: at }).deploymentsPerWeek.value;
    expect(perWeek(often, now)).toBe(2);
    expect(perWeek(often, start + day)).toBe(4);
  });

  test("are the same whatever the order of the ledger", () => {
    const ledger = cases[0]![1];
    expect(figures(ledger.toReversed())).toEqual(figures(ledger));
  });

  test("promise 18: say what they leave out", () => {
    const open: PastDeployment = { id: 3, kind: "deploy", release: "r3", at: start, gates: [] };
    const { leftOut } = figures([entry(1, 10), entry(2, 20, { committedAt: start }), open]);
    expect(leftOut).toContain(
      "the lead time of 1 of 2 deployments: made from no commit, or from one whose time cannot be determined",
    );
    expect(leftOut).toContain("1 that has not ended");
  });
});
