import { expect, test } from "vitest";
import { watchForDrift } from "../../src/agent/environments/drift-watch.ts";
import type { DriftFinding, DriftReport } from "../../src/environment/drift/report.ts";
import { ok } from "../../src/errors/result.ts";
import type { Event } from "../../src/events/event.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const files: DriftFinding = { drift: "files", release: "r" };
const missing: DriftFinding = { drift: "missing", service: "web", instance: "d1-web-1" };

/** A watch over an environment that looks as it is told, minute by minute. */
function watching() {
  const clock = new VirtualClock();
  const over = new AbortController();
  const told: Event[] = [];
  const looks: boolean[] = [];
  const state = { findings: [] as DriftFinding[], isPaused: false, remembered: [] as readonly string[] };
  const look = async (isWhole: boolean) => {
    looks.push(isWhole);
    const seen = state.findings.filter(({ drift }) => isWhole || drift !== "files");
    return ok({
      standing: "serving",
      findings: seen,
      coverage: { checked: 1, total: 2, unchecked: [] },
    } as unknown as DriftReport);
  };
  const ended = watchForDrift(
    {
      environment: "staging",
      look,
      remembered: async () => state.remembered,
      isPaused: () => state.isPaused,
      tell: (event) => {
        told.push(event);
        state.remembered = event.type === "driftFound" ? event.subjects : [];
      },
      report: (problem) => {
        throw problem;
      },
      clock,
    },
    over.signal,
  );
  const minutes = async (count: number) => {
    for (let minute = 0; minute < count; minute += 1) {
      clock.goTo(clock.now() + 60_000);
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    }
  };
  const end = () => {
    over.abort();
    return ended;
  };
  return { state, told, looks, minutes, end };
}

test("the agent looks every minute, wholly every fifteenth time, and not while a deployment is under way", async () => {
  const { state, looks, minutes, end } = watching();
  await minutes(15);
  expect(looks).toEqual([...Array(14).fill(false), true]);
  state.isPaused = true;
  await minutes(5);
  expect(looks).toHaveLength(15);
  await end();
});

test("what is found is told once, what a cheap look cannot see stays found, and that it is gone is told", async () => {
  const { state, told, minutes, end } = watching();
  state.findings = [missing];
  await minutes(3);
  expect(told).toMatchObject([{ type: "driftFound", subjects: ["processes.web"], checked: 1, total: 2 }]);
  state.findings = [files];
  await minutes(12);
  expect(told.slice(1)).toMatchObject([{ type: "driftGone" }, { type: "driftFound", subjects: ["files"] }]);
  await minutes(5);
  expect(told).toHaveLength(3);
  state.findings = [];
  await minutes(10);
  expect(told.slice(3)).toMatchObject([{ type: "driftGone" }]);
  await end();
});
