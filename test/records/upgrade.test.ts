import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type DeploymentSpec, fleetOf, specOf } from "../../src/environment/spec.ts";
import { deploymentSpecCodec } from "../../src/records/deployment-spec.ts";
import { fleetCodec, journalEventCodec } from "../../src/records/rollout.ts";
import { readJournal, replay, toEntry } from "../../src/rollout/journal.ts";
import { retell } from "../../src/rollout/retell.ts";
import type { DeploymentRecord, JournalEntry } from "../../src/store/store.ts";

/**
 * The rows of a store as version 0.1.0 wrote them, before records had versions: two environments, eight deployments (one
 * taken out by its gate, one rolled back, one of which the agent was killed), an instance that was lost.
 */
const before = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/v0.json"), "utf8")) as {
  readonly deployment: readonly {
    readonly id: number;
    readonly environment: string;
    readonly release: string;
    readonly kind: DeploymentRecord["kind"];
    readonly at: number;
    readonly spec: string;
    readonly outcome: string | null;
    readonly members: string | null;
  }[];
  readonly journal: readonly { readonly deployment: number; readonly at: number; readonly event: string }[];
  readonly environment: readonly { readonly name: string; readonly members: string }[];
};

const deployments: readonly DeploymentRecord[] = before.deployment.map(
  ({ id, environment, release, kind, at, spec }) => ({ id, environment, release, kind, at, spec: JSON.parse(spec) }),
);
const journalOf = (id: number): JournalEntry[] =>
  before.journal
    .filter(({ deployment }) => deployment === id)
    .map(({ at, event }) => ({ at, event: JSON.parse(event) }));
const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const unwrap = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.value;
};

describe("promise 21: what version 0.1.0 wrote is read", () => {
  test.each(before.deployment)("the spec of deployment $id", ({ id, spec }) => {
    const kept = unwrap(specOf({ id, spec: JSON.parse(spec) }));
    expect(kept).toEqual(JSON.parse(spec));
    expect(unwrap(specOf({ id, spec: throughJson(deploymentSpecCodec.encode(kept)) }))).toEqual(kept);
  });

  test.each(before.deployment)(
    "the journal of deployment $id, and it leads to the same end",
    ({ id, outcome, members }) => {
      const entries = unwrap(readJournal(id, journalOf(id)));
      const state = replay(entries);
      if (outcome === null) return expect(state).toMatchObject({ phase: "forward", step: 1 });
      expect(state).toMatchObject({ phase: "ended", outcome, fleet: JSON.parse(members ?? "") });
      expect(unwrap(readJournal(id, throughJson(entries.map(toEntry))))).toEqual(entries);
    },
  );

  test.each(before.environment)("what $name should run", ({ name, members }) => {
    const fleet = unwrap(fleetOf({ name, members: JSON.parse(members) }));
    expect(fleet.members).toHaveLength(2);
    expect(unwrap(fleetOf({ name, members: throughJson(fleetCodec.encode(fleet)) }))).toEqual(fleet);
  });

  test("what happened is told again from it", () => {
    const retold = deployments.map((record) => unwrap(retell(record, journalOf(record.id))).at(-1));
    expect(retold.map((fact) => (fact?.type === "deploymentFinished" ? fact.outcome : fact?.type))).toEqual([
      ...Array(5).fill("deployed"),
      "reverted",
      "deployed",
      "stepStarted",
    ]);
  });
});

describe("promise 21: what a newer version wrote is refused, and never taken for nothing", () => {
  const interrupted = 8;
  const newer: [string, unknown][] = [
    ["an entry of a type that is not known", { v: 1, type: "held", until: 5 }],
    ["an entry of a newer version", { v: 99, type: "stepDone", direction: "forward", step: 1 }],
    ["an entry with a field that is not known", { v: 1, type: "stepDone", direction: "forward", step: 1, waited: 3 }],
  ];

  test.each(newer)("%s", (_, event) => {
    const read = readJournal(interrupted, [...journalOf(interrupted), { at: 9, event }]);
    expect(read).toMatchObject({
      failures: [
        { code: "state-newer", message: "Entry 3 of the journal of deployment 8 was written by a newer Tidegate" },
      ],
    });
  });

  test("a plan with a step that is not known", () => {
    const [begun] = journalOf(1) as [{ at: number; event: { plan: { steps: object[] } } }];
    const plan = { ...begun.event.plan, steps: [{ kind: "ramp", until: 9 }, ...begun.event.plan.steps] };
    expect(readJournal(1, [{ at: 1, event: { ...begun.event, plan } }])).toMatchObject({
      failures: [{ code: "state-newer" }],
    });
  });

  test("what an environment should run", () => {
    const members = { ...fleetCodec.encode({ members: [], routed: [], traffic: [] }), since: 5 };
    expect(fleetOf({ name: "staging", members })).toMatchObject({ failures: [{ code: "state-newer" }] });
  });

  test("a spec with a strategy that is not known", () => {
    const spec = { ...(deployments[0]?.spec as DeploymentSpec), strategy: { strategy: "shadow", steps: [5] } };
    expect(specOf({ id: 1, spec })).toMatchObject({ failures: [{ code: "state-newer" }] });
  });
});

describe("promise 21: a journal that is damaged", () => {
  test.each<[string, JournalEntry[]]>([
    ["without its beginning", journalOf(8).slice(1)],
    ["that begins twice", [...journalOf(8), ...journalOf(8)]],
    ["with half an entry", [...journalOf(8), { at: 1, event: { type: "stepDone", direction: "forward" } }]],
    ["with something else in it", [...journalOf(8), { at: 1, event: 7 }]],
  ])("%s is refused, not read as a deployment that never began", (_, journal) => {
    expect(readJournal(8, journal)).toMatchObject({ failures: [{ code: "state-damaged" }] });
  });

  test("is told from one that never began", () => {
    expect(replay(unwrap(readJournal(8, [])))).toBeUndefined();
  });
});

test("every field that a spec may have is kept", () => {
  const service: Required<DeploymentSpec["services"][number]> = {
    name: "web",
    run: ["node", "server.js"],
    health: "/healthz",
    healthTimeoutMs: 1,
    migrate: "migrate",
    migrateTimeoutMs: 2,
    route: "internal",
    host: "api",
    needs: ["db"],
    writes: ["uploads/"],
    replicas: 2,
    drainTimeoutMs: 3,
    graceMs: 4,
    configFile: "only",
    uses: { DATABASE_URL: { resource: "db", output: "url" } },
    limits: { memoryBytes: 5, cpu: 0.5 },
    node: ">=20",
    inPreviews: false,
    inRehearsal: true,
  };
  const spec: Required<DeploymentSpec> = {
    environment: "staging",
    release: `sha256:${"a".repeat(64)}`,
    kind: "promote",
    strategy: { strategy: "rolling", batch: 2 },
    driver: { kind: "elsewhere", namespace: "shop" },
    url: "http://staging.localhost:8080",
    listen: { host: "127.0.0.1", port: 8080, trustProxies: ["10.0.0.0/8"] },
    services: [service],
    checks: [{ name: "smoke", run: "true", timeoutMs: 1 }],
    preview: { from: "staging", off: ["mailer"] },
    irreversible: { because: "the column held nothing", services: ["web"] },
    rehearses: "staging",
    protected: true,
    approval: { by: ["lead@example.org"], count: 2, notAuthor: true, expiresMs: 5 },
    operators: ["ada"],
    overrides: [{ gate: "window", reason: "the shop is down" }],
    window: { deny: [{ from: "Fri 16:00", to: "Mon 08:00" }], timeZone: "Europe/Berlin" },
    after: "dev",
    config: { constructor: "is a name like any other" },
    secrets: { TOKEN: "keyed:1" },
    typed: ["A"],
    set: ["B"],
    resources: [
      {
        resource: "postgres",
        name: "db",
        version: "16",
        external: { url: "DB_URL" },
        backup: { keep: 5, maxAgeMs: 6 },
      },
      { resource: "folder", name: "data", backup: { keep: 5, maxAgeMs: 6, everyMs: 7, to: "/backups" } },
      { resource: "terraform", name: "infra", dir: "/infra", program: "tofu", variables: { constructor: "a name" } },
    ],
    remediates: 3,
    unplanned: true,
    retention: { keep: 3, maxAgeMs: 4 },
    alerts: [
      { kind: "webhook", url: "ALERT_URL", secret: "ALERT_KEY" },
      { kind: "command", run: ["tell", "them"] },
    ],
    heartbeat: { url: "BEAT_URL", everyMs: 60_000 },
    stamp: {
      definition: "sha256:1",
      environment: "staging",
      release: `sha256:${"a".repeat(64)}`,
      passed: ["config", "leaks", "admission"],
      at: 1,
    },
  };
  expect(unwrap(specOf({ id: 1, spec: throughJson(deploymentSpecCodec.encode(spec)) }))).toEqual(spec);
});

test("every event of the machine is kept", () => {
  const failures = [{ code: "instance-unhealthy", message: "it is", cause: "b", hint: "c" }] as const;
  const events = [
    { type: "stepDone", direction: "forward", step: 0, left: 2 },
    { type: "stepFailed", direction: "revert", step: 0, failures },
    { type: "memberLost", member: "d1-web-1", failures },
    { type: "abortRequested", failures },
    { type: "resumed" },
    { type: "pause" },
    { type: "resume", promote: true, reason: "checked by hand" },
    { type: "comparisonBegun", thresholdsMs: [5, 100] },
    {
      type: "counted",
      tick: {
        candidate: { requests: 3, errors: 1, slower: [1, 0] },
        baseline: { requests: 9, errors: 0, slower: [2, 1] },
      },
      share: 0.25,
    },
  ] as const;
  for (const event of events)
    expect(unwrap(journalEventCodec.decode(throughJson(journalEventCodec.encode(event)), "It"))).toEqual(event);
});
