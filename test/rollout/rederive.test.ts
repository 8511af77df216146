import { describe, expect, test } from "vitest";
import { keptEventCodec } from "../../src/records/event.ts";
import { readJournal, replay, toEntry } from "../../src/rollout/journal.ts";
import { begin, next } from "../../src/rollout/machine.ts";
import { narrate } from "../../src/rollout/narrate.ts";
import { type PastComparison, pastComparison, type Told } from "../../src/rollout/past-comparison.ts";
import { planRollout } from "../../src/rollout/plan.ts";
import { rederive, type Written } from "../../src/rollout/rederive.ts";
import type { RolloutEvent, RolloutState } from "../../src/rollout/rollout-state.ts";
import type { JournalEntry } from "../../src/store/store.ts";
import { fleetOf, specOf } from "./fixtures.ts";

const about = { environment: "production", deployment: 2 };
const rules = { alpha: 0.01, tolerance: 1, guarded: false };
const plan = planRollout(
  specOf({
    release: "bbb",
    services: { web: 1 },
    strategy: {
      strategy: "canary",
      steps: [10, 50],
      hold: 600_000,
      onNoEvidence: "hold",
      bake: 60_000,
      analysis: rules,
    },
  }),
  2,
  fleetOf({ release: "aaa", services: { web: 1 } }, 1),
);

const done = (step: number): RolloutEvent => ({ type: "stepDone", direction: "forward", step });
const counted = (share: number, candidate: readonly number[], baseline: readonly number[]): RolloutEvent => {
  const arm = ([requests = 0, errors = 0, slow = 0]: readonly number[]) => ({ requests, errors, slower: [slow] });
  return { type: "counted", share, tick: { candidate: arm(candidate), baseline: arm(baseline) } };
};

/** Good at the first share, worse at the second: what a store has of it. */
function happened(): { readonly journal: JournalEntry[]; readonly written: Written } {
  const events: RolloutEvent[] = [
    done(0),
    done(1),
    { type: "comparisonBegun", thresholdsMs: [50] },
    ...Array.from({ length: 30 }, (_, at) => counted(0.1, [20, 0, 3], [180, at % 2, 31])),
    done(3),
    ...Array.from({ length: 12 }, () => counted(0.5, [100, 3, 20], [100, 0, 17])),
  ];
  const journal = [toEntry({ at: 1_000, event: { type: "begun", plan } })];
  const told: Told[] = [];
  let state: RolloutState = begin(plan, 1_000).state;
  let at = 1_000;
  for (const event of events) {
    at += 2_000;
    const before = state;
    if (before.phase === "ended") break;
    // As the agent does: nothing is counted but while both are observed.
    if (event.type === "counted" && before.steps[before.step]?.kind !== "observe") continue;
    state = next(before, event, at).state;
    journal.push(toEntry({ at, event }));
    for (const fact of narrate(about, before, event, state, at))
      if (fact.type === "verdictGiven" || fact.type === "releasesCompared") told.push(stored(fact));
  }
  return { journal, written: { told, end: undefined, rules } };
}

/** As a store gives it back. */
function stored(fact: Told): Told {
  const read = keptEventCodec.decode(JSON.parse(JSON.stringify(keptEventCodec.encode(fact))), "an event");
  if (!read.ok) throw new Error(read.failures[0]!.message);
  return read.value as Told;
}

function past(journal: readonly JournalEntry[]): PastComparison {
  const entries = readJournal(2, JSON.parse(JSON.stringify(journal)));
  if (!entries.ok) throw new Error(entries.failures[0]!.message);
  return pastComparison(about, entries.value)!;
}

/** The journal with the nth look changed. */
function tampered(
  journal: readonly JournalEntry[],
  nth: number,
  change: (event: RolloutEvent & { type: "counted" }) => void,
): JournalEntry[] {
  const copy = structuredClone(journal) as JournalEntry[];
  change(
    copy
      .map(({ event }) => event as RolloutEvent)
      .filter((event) => event.type === "counted")
      .at(nth)!,
  );
  return copy;
}

describe("promise 14: a past verdict", () => {
  test("is derived again from the journal, bit for bit, with the numbers of each share", () => {
    const { journal, written } = happened();
    const again = rederive(past(journal), written);
    expect(again.shares.map(({ share, standing, verdicts }) => [share, standing, verdicts.at(-1)?.verdict])).toEqual([
      [0.1, "same", "good"],
      [0.5, "same", "regression"],
    ]);
    expect(again).toMatchObject({ isSame: true, sameRules: true, end: "none" });
    const sum = again.shares[1]!.looks.reduce((all, { candidate }) => all + candidate.errors, 0);
    expect(sum).toBe(3 * again.shares[1]!.looks.length);
    expect(again.shares[1]!.in).toBe("errors");
    expect(again.figures).toEqual(written.told.at(-1)!.figures);
  });

  test("that was changed by a tampered journal is found: errors taken away, a verdict that no longer follows", () => {
    const { journal, written } = happened();
    const kind = tampered(journal, -1, ({ tick }) => Object.assign(tick.candidate, { errors: 0 }));
    expect(past(kind).state.phase).toBe("forward");
    const found = rederive(past(kind), written);
    expect(found.isSame).toBe(false);
    expect(found.shares.map(({ standing }) => standing)).toEqual(["same", "other"]);
    expect(found.shares[1]!.unexplained).toMatchObject({ type: "verdictGiven", verdict: "regression" });
  });

  test("is another one by a single request, also where the verdict stays the same", () => {
    const { journal, written } = happened();
    const one = tampered(journal, 3, ({ tick: { baseline } }) =>
      Object.assign(baseline, { requests: baseline.requests + 1 }),
    );
    const found = rederive(past(one), written);
    expect(found.shares[0]).toMatchObject({ standing: "other", verdicts: [{ verdict: "good" }] });
  });

  test("is held against rules and end of its deployment as well, and what is no longer kept is said", () => {
    const { journal, written } = happened();
    const others = rederive(past(journal), { ...written, rules: { ...rules, alpha: 0.02 } });
    expect(others).toMatchObject({ sameRules: false, isSame: false });
    const end = { outcome: "deployed", failures: [] } as const;
    expect(rederive(past(journal), { ...written, end })).toMatchObject({ end: "other", isSame: false });
    const forgotten = rederive(past(journal), { ...written, told: [] });
    expect(forgotten.shares.map(({ standing }) => standing)).toEqual(["notKept", "notKept"]);
    expect(forgotten.isSame).toBe(true);
  });

  test("follows also where an agent died before it could tell something, and an end that follows is the same", () => {
    const { journal, written } = happened();
    const gap = { ...written, told: written.told.filter((_, at) => at !== 1) };
    expect(rederive(past(journal), gap).isSame).toBe(true);
    const steps = past(journal).state;
    const back = steps.phase === "revert" ? steps.steps.length : 0;
    const ended = [
      ...journal,
      ...Array.from({ length: back }, (_, step) =>
        toEntry({ at: 1_000_000 + step, event: { type: "stepDone", direction: "revert", step } }),
      ),
    ];
    const failures = [{ code: "release-regressed", message: "in the words of an older version" }] as const;
    const again = rederive(past(ended), { ...written, end: { outcome: "reverted", failures } });
    expect(again).toMatchObject({ end: "same", isSame: true });
    const entries = readJournal(2, ended);
    expect(entries.ok && replay(entries.value)).toMatchObject({ phase: "ended", outcome: "reverted" });
  });

  test("of a deployment that was not to be compared there is none", () => {
    const { comparing: _, ...plain } = plan;
    expect(pastComparison(about, [{ at: 0, event: { type: "begun", plan: plain } }])).toBeUndefined();
  });
});
