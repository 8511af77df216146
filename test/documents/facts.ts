import type { Project } from "../../src/definition/types.ts";
import { declare } from "../../src/documents/declare/declare.ts";
import { type Facts, inOrder } from "../../src/documents/facts/facts.ts";
import { schemaIds } from "../../src/documents/names.ts";
import { buildGraph } from "../../src/graph/graph.ts";

/** Facts of a definition about which nothing was measured and nothing observed. */
export async function factsOf(project: Project): Promise<Facts> {
  return {
    $schema: schemaIds.facts,
    version: 1,
    gathered: "2027-01-31",
    written: {},
    declared: inOrder(await declare(project, buildGraph(project.pipeline).graph)),
    measured: { tasks: [], flaky: [], environments: [] },
    observed: { programs: [], environments: [], changes: [] },
  };
}

const day = "2027-01-30";
const measure = (value: number, times = 7) => ({ value, at: day, times });

/** The same with something in every field that can be measured or observed. */
export function withEverything(facts: Facts): Facts {
  const environments = facts.declared.environments.map(({ name }) => name);
  const [first = "staging", second = "production"] = environments;
  const figure = { value: 0.25, times: 4 };
  return {
    ...facts,
    measured: {
      runs: {
        count: 9,
        from: "2027-01-01",
        to: day,
        failed: 1,
        medianMs: measure(61_000),
        failedMs: measure(4_100, 1),
        lastOutcome: "failed",
      },
      tasks: facts.declared.tasks.map(({ name }) => ({
        name,
        median: measure(1_200),
        p90: measure(3_400),
        hitRate: measure(0.5),
        failureRate: measure(0.1),
        last: { outcome: "failed", at: day },
        coverage: { lines: 0.913, branches: 0.8, functions: 1 },
        tests: { passed: 40, failed: 1, skipped: 2, at: day },
        reproduced: { compared: 3, equal: 2, at: day },
      })),
      flaky: [
        { task: facts.declared.tasks[0]?.name ?? "test", test: "adds | and `subtracts`", flips: 2, runs: 30, at: day },
      ],
      releases: { count: 4, last: day, files: 120, bytes: 1_400_000, quarantined: 1 },
      environments: environments.map((name) => ({
        name,
        deployments: 5,
        failed: 1,
        rolledBack: 1,
        last: { deployment: 12, outcome: "deployed", at: day },
        deployMs: measure(31_000),
        rollbackP50: measure(400, 2),
        rollbackP99: measure(900, 2),
        lastRollback: "2026-11-02",
        gates: [{ name: "smoke", passed: false, at: day }],
        losses: 3,
        lastLoss: day,
      })),
      dora: {
        environment: second,
        days: 90,
        until: day,
        from: "2027-01-19",
        leadTimeMs: { value: 3_600_000, times: 4 },
        deploymentsPerWeek: { value: 2.5, times: 4 },
        recoveryMs: { value: 600_000, times: 1 },
        changeFailRate: figure,
        changeFailRateWithAborted: figure,
        reworkRate: figure,
        leftOut: ["what nobody remedied"],
      },
    },
    observed: {
      programs: [{ name: "npm", version: "11.0.0", at: day }],
      environments: [
        {
          name: first,
          at: day,
          state: "degraded",
          problems: ["an instance is not healthy"],
          release: "3683ab33",
          since: day,
          instances: 2,
          cost: { diskBytes: 1_200_000, memoryBytes: 48_000_000, processes: 2 },
        },
      ],
      resources: [
        {
          environment: first,
          resource: "db",
          at: day,
          state: "ready",
          version: "16",
          lastBackup: { at: day, isGood: false },
        },
      ],
      snapshots: [
        { environment: first, resource: "db", at: day, because: "before a migration", bytes: 12_000 },
        {
          environment: second,
          resource: "db",
          at: day,
          because: "on schedule",
          bytes: 12_000,
          rehearsed: { at: day, isGood: true, ms: 8_000 },
        },
      ],
      secrets: {
        at: day,
        files: [
          {
            place: second,
            path: "secrets/production.yaml",
            keys: ["SESSION_KEY"],
            recipients: [
              { who: "ann", isInPolicy: true },
              { who: "bob", isInPolicy: false },
            ],
            isSigned: false,
            lastChange: "2025-01-01",
          },
        ],
        renewals: [{ place: second, key: "SESSION_KEY", person: "carl", since: "2026-12-01", due: "2026-12-31" }],
        signers: ["ann"],
      },
      parity: {
        at: day,
        pairs: [
          {
            a: first,
            b: second,
            equal: 12,
            declared: [
              { what: "config LOG_LEVEL", reason: "staging is chatty", owner: "team-web", until: "2027-03-01" },
            ],
            violations: ["commands web (not declared)"],
            unknown: ["secrets SESSION_KEY"],
          },
        ],
      },
      drift: [
        {
          environment: second,
          at: day,
          checked: ["processes"],
          notChecked: ["files (it is checked less often)"],
          found: ["otherCommand web"],
        },
      ],
      changes: [{ key: "LOG_LEVEL", at: day }],
    },
  };
}
