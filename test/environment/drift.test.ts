import { describe, expect, test } from "vitest";
import { readIncidents } from "../../src/agent/observe.ts";
import type { Instance } from "../../src/drivers/driver.ts";
import type { Inspection } from "../../src/drivers/inspection.ts";
import { driftReport, lasting } from "../../src/environment/drift/compare.ts";
import type { DriftFacts } from "../../src/environment/drift/facts.ts";
import { mendingSpec, planMending } from "../../src/environment/drift/mending.ts";
import { isDriftFact, rememberedDrift } from "../../src/environment/drift/remembered.ts";
import { environmentRoutes } from "../../src/environment/routes.ts";
import type { DeploymentSpec, ServiceSpec } from "../../src/environment/spec.ts";
import { membersOf } from "../../src/environment/spec.ts";
import { ok } from "../../src/errors/result.ts";
import { planRollout } from "../../src/rollout/plan.ts";
import { incidentsKept } from "../../src/store/store.ts";
import { emptyFleet, fleetOfMembers } from "../../src/strategies/fleet.ts";
import { digest as release } from "./fixtures.ts";

const digest = (value: string) => `keyed:${value}`;
const backup = { keep: 5, maxAgeMs: 1 };
const service = (name: string, more: Partial<ServiceSpec> = {}): ServiceSpec => ({
  name,
  run: `node ${name}.js`,
  healthTimeoutMs: 1,
  graceMs: 1,
  route: "/",
  replicas: 1,
  ...more,
});

const spec: DeploymentSpec = {
  environment: "staging",
  release: release("a"),
  kind: "promote",
  after: "testing",
  strategy: { strategy: "switch" },
  url: "http://shop.localhost:8080",
  services: [
    service("api", { route: "internal", configFile: "besides" }),
    service("web", { replicas: 2, needs: ["api"], migrate: "node migrate.js" }),
    service("mail", { route: false, limits: { memoryBytes: 64e6, cpu: 1 }, run: "echo a && node mail.js" }),
  ],
  checks: [{ name: "smoke", run: "x", timeoutMs: 1 }],
  config: { LEVEL: "info" },
  secrets: { TOKEN: digest("t") },
  resources: [
    { resource: "postgres", name: "db", version: "16", backup },
    { resource: "folder", name: "uploads", backup },
  ],
};
const members = membersOf(spec, 7);
const fleet = fleetOfMembers(members);
const startedWith = { LEVEL: digest("info"), TOKEN: digest("t"), TIDEGATE_SERVICE: digest("x") };
const configFile = { TIDEGATE_CONFIG_FILE: digest("{}") };

const instances: readonly Instance[] = members.map((member, index) => ({
  ...member,
  environment: "staging",
  startedAt: 1,
  ...(member.service === "mail" ? { limits: { memoryBytes: 64e6 } } : {}),
  startedWith: member.service === "api" ? { ...startedWith, ...configFile } : startedWith,
  ...(member.service === "mail" ? {} : { address: { host: "127.0.0.1", port: 9000 + index } }),
  state: { state: "running", pid: 100 + index },
}));

const inspections: readonly Inspection[] = members.map(({ id, service: name }, index) => ({
  id,
  pid: 100 + index,
  isOurs: { seen: true },
  argv: { seen: name === "mail" ? ["/bin/sh", "-c", "echo a && node mail.js"] : ["node", `${name}.js`] },
  folder: { seen: { is: "/copy", should: "/copy" } },
  user: { seen: { is: 1, should: 1 } },
  environment: { seen: startedWith },
  limits: { seen: name === "mail" ? { memoryBytes: 63_995_904 } : {} },
  files: { seen: name === "api" ? { TIDEGATE_CONFIG_FILE: { digest: digest("{}") } } : {} },
}));

const table = environmentRoutes({
  spec,
  fleet: instances.map((one, index) => ({
    member: members[index]!,
    spec,
    ...(one.address && { address: one.address }),
  })),
  routed: new Set(fleet.routed.map(({ id }) => id)),
  traffic: fleet.traffic,
  token: 3,
});

const well: DriftFacts = {
  environment: "staging",
  fleet,
  isStopped: false,
  serving: { deployment: 7, spec },
  specs: new Map([[7, spec]]),
  instances,
  inspections,
  beside: { found: [] },
  gateway: { table },
  files: [{ release: spec.release, looked: { added: [], changed: [], missing: [] } }],
  resources: [
    { spec: spec.resources![0]!, looked: { state: "there", version: "16.4", deviations: [], unchecked: [] } },
    { spec: spec.resources![1]!, looked: { state: "there", deviations: [], unchecked: [] } },
  ],
  digest,
};

const report = (change: Partial<DriftFacts> = {}, exceptions: Parameters<typeof driftReport>[1]["exceptions"] = []) =>
  driftReport({ ...well, ...change }, { exceptions, today: "2027-03-01" });
const found = (change: Partial<DriftFacts>) => report(change).findings;
const looking = (id: string, change: Partial<Inspection>) =>
  inspections.map((one) => (one.id === id ? { ...one, ...change } : one));

/*
 * Counted by hand: 4 instances (api, web 1 and 2, mail) in 7 dimensions (processes, release, command, folder, user,
 * startedWith, environment): 28; the config file of api: 1; no others: 1; routes: the address, "/", api from inside: 3;
 * resources: 2; files of the one release: 1. The two limits of mail: 2, of which this machine does not keep the one of cpu.
 */
const total = 28 + 1 + 1 + 3 + 2 + 1 + 2;
const notKept = { dimension: "limits", object: "d7-mail-1", because: "driver" };

describe("coverage", () => {
  test("promise 18: counts each dimension of each object once", () => {
    expect(report()).toMatchObject({ verdict: "none", standing: "serving", findings: [] });
    expect(report().coverage).toEqual({ checked: total - 1, total, unchecked: [notKept] });
  });

  test("says of everything that could not be looked at why, and never takes it for the same", () => {
    const { coverage, findings, verdict } = report({
      inspections: looking("d7-web-1", { argv: { unseen: "user" }, environment: { unseen: "itself" } }).slice(0, 3),
      gateway: "unreachable",
      files: [{ release: spec.release, unseen: "later" }],
    });
    expect(findings).toEqual([{ drift: "gatewayGone" }]);
    expect(verdict).toBe("drift");
    expect(coverage.total).toBe(total);
    // web 1: command and environment; mail, into whose process nobody could look: command, folder, user, environment; both
    // limits; two routes; the files.
    expect(coverage.checked).toBe(total - 2 - 4 - 2 - 2 - 1);
    expect(coverage.unchecked.map(({ dimension, object, because }) => `${dimension} ${object} ${because}`)).toEqual([
      "command d7-web-1 user",
      "command d7-mail-1 driver",
      "folder d7-mail-1 driver",
      "user d7-mail-1 driver",
      "environment d7-web-1 itself",
      "environment d7-mail-1 driver",
      "limits d7-mail-1 driver",
      "limits d7-mail-1 driver",
      "routes / unreachable",
      "routes api (internal, deployment 7) unreachable",
      `files ${spec.release} later`,
    ]);
  });

  test("has the parts of a resource that could not be seen besides the resource", () => {
    const looked = { state: "there", version: "16.1", deviations: [], unchecked: ["roles cannot be read"] } as const;
    const { coverage } = report({ resources: [{ spec: spec.resources![0]!, looked }, well.resources[1]!] });
    expect([coverage.checked, coverage.total]).toEqual([total - 1, total + 1]);
  });

  test("is nothing when nothing could be checked, and that is a verdict of its own", () => {
    const nothing = { fleet: emptyFleet, resources: [], files: [] };
    expect(report({ ...nothing, underWay: { deployment: 8, release: release("b") } })).toMatchObject({
      verdict: "unknown",
      coverage: { checked: 0, total: 2 },
    });
  });
});

describe("drift", () => {
  const named = { service: "web", instance: "d7-web-1" };
  test.each<[string, Partial<DriftFacts>, object]>([
    [
      "a missing instance",
      { instances: instances.filter(({ id }) => id !== "d7-web-1") },
      { drift: "missing", ...named },
    ],
    [
      "an instance that should not be there",
      { instances: [...instances, { ...instances[1]!, id: "d3-web-1" }] },
      { drift: "unexpected", service: "web", instance: "d3-web-1" },
    ],
    [
      "a foreign process",
      { inspections: looking("d7-web-1", { isOurs: { seen: false } }) },
      { drift: "foreign", ...named },
    ],
    [
      "another release",
      { instances: instances.map((one) => (one.id === "d7-web-1" ? { ...one, release: release("c") } : one)) },
      { drift: "otherRelease", ...named, release: release("c") },
    ],
    [
      "another command",
      { inspections: looking("d7-web-1", { argv: { seen: ["python3", "evil.py"] } }) },
      { drift: "otherCommand", ...named, program: "python3" },
    ],
    [
      "another working folder",
      { inspections: looking("d7-web-1", { folder: { seen: { is: "/copy2", should: "/copy" } } }) },
      { drift: "otherFolder", ...named, folder: "/copy2" },
    ],
    [
      "another user",
      { inspections: looking("d7-web-1", { user: { seen: { is: 0, should: 1 } } }) },
      { drift: "otherUser", ...named, user: 0 },
    ],
    [
      "a variable that is not there",
      {
        inspections: looking("d7-web-1", {
          environment: { seen: { LEVEL: digest("info"), TIDEGATE_SERVICE: digest("x") } },
        }),
      },
      { drift: "runsOtherwise", ...named, key: "TOKEN", how: "missing" },
    ],
    [
      "a config file that others may read",
      { inspections: looking("d7-api-1", { files: { seen: { TIDEGATE_CONFIG_FILE: { wrong: "open" } } } }) },
      { drift: "configFile", service: "api", key: "TIDEGATE_CONFIG_FILE", how: "open" },
    ],
    [
      "another host name",
      { gateway: { table: { ...table, hosts: ["other"] } } },
      { drift: "route", route: "address", how: "address" },
    ],
    [
      "a limit that somebody raised",
      { inspections: looking("d7-mail-1", { limits: { seen: { memoryBytes: 128e6 } } }) },
      { drift: "limit", service: "mail", instance: "d7-mail-1", limit: "memory" },
    ],
    [
      "another share",
      {
        gateway: {
          table: {
            ...table,
            routes: table.routes.map((route) => ({
              ...route,
              pools: route.pools.map((pool) => ({ ...pool, share: 0.5 })),
            })),
          },
        },
      },
      { drift: "route", route: "/", how: "shares" },
    ],
    [
      "a route that is gone",
      { gateway: { table: { ...table, routes: [] } } },
      { drift: "route", route: "/", how: "missing" },
    ],
    [
      "another version of a resource",
      {
        resources: [
          { spec: spec.resources![0]!, looked: { state: "there", version: "160.1", deviations: [], unchecked: [] } },
          well.resources[1]!,
        ],
      },
      { drift: "resourceVersion", resource: "db", deployed: "16", found: "160.1" },
    ],
    [
      "a resource that is gone",
      { resources: [well.resources[0]!, { spec: spec.resources![1]!, looked: { state: "absent" } }] },
      { drift: "resourceMissing", resource: "uploads" },
    ],
    ["a release that is gone", { files: [{ release: spec.release, looked: undefined }] }, { drift: "files" }],
  ])("%s is found, and nothing else", (_, change, finding) => {
    expect(found(change)).toMatchObject([finding]);
  });

  test("is not what a program or its shell makes of what can be seen: that is not looked at", () => {
    const titled = looking("d7-web-1", { argv: { seen: ["web worker"] } });
    const replaced = titled.map((one) =>
      one.id === "d7-mail-1" ? { ...one, argv: { seen: ["node", "mail.js"] } } : one,
    );
    const { findings, coverage } = report({ inspections: replaced });
    expect(findings).toEqual([]);
    expect(coverage.unchecked.map(({ object, because }) => [object, because])).toEqual([
      ["d7-web-1", "itself"],
      ["d7-mail-1", "itself"],
      ["d7-mail-1", "driver"],
    ]);
  });

  test("is not what a rollout in progress changes, and what can be told meanwhile is", () => {
    const during = report({
      underWay: { deployment: 8, release: release("b") },
      instances: instances.filter(({ id }) => id !== "d7-web-1"),
      inspections: looking("d7-api-1", { user: { seen: { is: 0, should: 1 } } }),
    });
    expect(during).toMatchObject({ standing: "rollout", findings: [{ drift: "otherUser", instance: "d7-api-1" }] });
    expect(during.coverage.unchecked).toContainEqual({ dimension: "processes", object: "others", because: "rollout" });
  });

  test("that only one of two looks has found is none", () => {
    const [first, second] = [report({ gateway: { table: undefined } }), report()];
    expect(lasting(first, second)).toMatchObject({ verdict: "none", findings: [] });
    expect(lasting(second, first)).toMatchObject({ verdict: "none", findings: [] });
    expect(lasting(first, first).verdict).toBe("drift");
  });
});

describe("exceptions", () => {
  const gone = { resources: [well.resources[0]!, { spec: spec.resources![1]!, looked: { state: "absent" } }] } as const;
  const exception = { subject: "resources.uploads", reason: "moved" };

  test("make what they are about known, until their last day is over", () => {
    expect(report(gone, [{ ...exception, until: "2027-03-01" }])).toMatchObject({ verdict: "none", known: [{}] });
    const over = report(gone, [{ ...exception, until: "2027-02-28" }]);
    expect(over).toMatchObject({ verdict: "drift", findings: [{}], known: [], stale: [{ how: "expired" }] });
  });

  test("that nothing needs any more are told, but not while it could not be looked at", () => {
    expect(report({}, [exception])).toMatchObject({ verdict: "drift", stale: [{ how: "notNeeded" }] });
    const unseen = { resources: [well.resources[0]!, { spec: spec.resources![1]!, unseen: "unreachable" } as const] };
    expect(report(unseen, [exception]).stale).toEqual([]);
  });

  test("are about whole words: resources.db is not resources.dbs", () => {
    expect(report(gone, [{ subject: "resources.up", reason: "x" }]).findings).toHaveLength(1);
    expect(report(gone, [{ subject: "resources", reason: "x" }]).findings).toHaveLength(0);
  });
});

describe("mending", () => {
  test("replaces only for what cannot be brought back otherwise, and leaves what is known or nobody's", () => {
    const missing = { drift: "missing", service: "web", instance: "w" } as const;
    expect(planMending([missing, { drift: "gatewayGone" }], [])).toMatchObject({
      start: true,
      route: true,
      replace: false,
    });
    const foreign = { drift: "foreign", service: "web", instance: "w", pid: 1 } as const;
    expect(planMending([foreign], [])).toMatchObject({ start: false, stop: false, replace: false, subjects: [] });
    expect(planMending([{ drift: "files", release: "r" }], ["files"]).replace).toBe(false);
    const set = { drift: "resourceSettings", resource: "db", what: "The role has settings" } as const;
    expect(planMending([set, set], [])).toMatchObject({
      resources: false,
      reset: ["db"],
      subjects: ["resources.db.settings"],
    });
    expect(planMending([set], ["resources.db.settings"]).reset).toEqual([]);
  });

  test("is a deployment of the same, new instances before old ones, without migrations and checks", () => {
    const mending = mendingSpec(spec);
    expect(mending).toMatchObject({ kind: "mend", strategy: { strategy: "rolling" }, services: spec.services });
    expect(mending).not.toHaveProperty("after");
    // Let in once, with an override that somebody has looked into since: mending what runs is not that again.
    const oneTime = {
      ...{ window: { deny: [], timeZone: "UTC" }, approval: { by: ["ada"], count: 1, notAuthor: false, expiresMs: 1 } },
      ...{
        operators: ["ada"],
        overrides: [{ gate: "window", reason: "outage" }],
        remediates: 3,
        unplanned: true as const,
      },
    } as const;
    expect(mendingSpec({ ...spec, ...oneTime })).toEqual(mending);
    const { steps } = planRollout(mending, 8, fleet);
    expect(new Set(steps.map(({ kind }) => kind))).toEqual(new Set(["start", "route", "drain", "stop"]));
  });

  test("never runs two side by side where the strategy forbids it", () => {
    expect(mendingSpec({ ...spec, strategy: { strategy: "recreate" } }).strategy).toEqual({ strategy: "recreate" });
  });
});

test("what was found last is remembered until it is gone or mended", () => {
  const environment = "staging";
  const drift = {
    at: 5,
    fact: { type: "driftFound", environment, subjects: ["files"], checked: 1, total: 2 },
  } as const;
  const gone = { at: 6, fact: { type: "driftGone", environment } } as const;
  const mended = { at: 7, fact: { type: "driftMended", environment, subjects: ["files"], left: ["routes"] } } as const;
  expect(rememberedDrift([drift], 0)).toEqual({ at: 5, subjects: ["files"] });
  expect(rememberedDrift([gone, drift], 0)).toBeUndefined();
  expect(rememberedDrift([mended, gone, drift], 0)).toEqual({ at: 7, subjects: ["routes"] });
  // Something else was deployed since.
  expect(rememberedDrift([drift], 6)).toBeUndefined();
});

test("what was found is remembered behind all the incidents that are kept since", async () => {
  const lost = { type: "instanceLost", environment: "staging", instance: "d7-web-1", failures: [], restartInMs: 1 };
  const incidents = [
    ...Array.from({ length: incidentsKept - 1 }, () => ({ at: 9, environment: "staging", event: lost })),
    {
      at: 5,
      environment: "staging",
      event: { type: "driftFound", environment: "staging", subjects: ["files"], checked: 1, total: 1 },
    },
  ];
  const store = { incidents: async ({ limit }: { limit: number }) => ok(incidents.slice(0, limit)) };
  const read = await readIncidents(store, "staging", isDriftFact);
  expect(read.ok && rememberedDrift(read.value, 0)).toEqual({ at: 5, subjects: ["files"] });
});

test("what is being saved or restored is not looked at, nor whether those run that use what is restored", () => {
  const uses = { DATABASE_URL: { resource: "db", output: "url" } };
  const using = { ...spec, services: spec.services.map((one) => (one.name === "web" ? { ...one, uses } : one)) };
  const during = (unseen: "snapshot" | "restore") =>
    report({
      specs: new Map([[7, using]]),
      resources: [{ spec: spec.resources![0]!, unseen }, well.resources[1]!],
      instances: instances.filter(({ service: name }) => name !== "web"),
    });
  expect(during("restore").findings).toEqual([]);
  expect(during("restore").coverage.unchecked).toContainEqual({
    dimension: "resources",
    object: "db",
    because: "restore",
  });
  expect(during("restore").coverage.unchecked).toContainEqual({
    dimension: "processes",
    object: "d7-web-1",
    because: "restore",
  });
  expect(during("snapshot").findings).toMatchObject([{ drift: "missing" }, { drift: "missing" }]);
});

describe("what runs beside the instances", () => {
  const beside = (...all: (typeof well.beside.found)[number][]) => found({ beside: { found: all } });
  const argv = ["node", "web.js"];

  test("is told when it bears an instance's mark, but not when that may have left it to itself", () => {
    expect(beside({ pid: 9, id: "d7-web-1", argv: ["sleep", "1"], isLeft: false })).toMatchObject([
      { drift: "beside", service: "web", instance: "d7-web-1", pid: 9 },
    ]);
    expect(beside({ pid: 9, id: "d7-web-1", argv: ["sleep", "1"], isLeft: true })).toEqual([]);
    expect(beside({ pid: 9, id: "d7-web-1", argv, isLeft: true })).toMatchObject([{ drift: "beside" }]);
  });

  test("is an instance that should not run when it bears the mark of another one, told once", () => {
    const one = { pid: 9, id: "d6-my-web-2", argv, isLeft: true };
    expect(beside(one, { ...one, pid: 10 })).toEqual([
      { drift: "unexpected", service: "my-web", instance: "d6-my-web-2" },
    ]);
  });

  test("is told without a mark only when it runs the command of a service, as defined or as an instance shows it", () => {
    expect(beside({ pid: 9, argv: ["bash"], isLeft: false })).toEqual([]);
    expect(beside({ pid: 9, argv, isLeft: false })).toEqual([{ drift: "stranger", service: "web", pid: 9 }]);
    const byPath = [`/opt/other/${argv[0]}`, ...argv.slice(1)];
    expect(beside({ pid: 9, argv: byPath, isLeft: false })).toMatchObject([{ drift: "stranger", service: "web" }]);
    const inspected = looking("d7-mail-1", { argv: { seen: ["node", "mail.js"] } });
    const mail = { pid: 9, argv: ["node", "mail.js"], isLeft: false };
    expect(found({ beside: { found: [mail] }, inspections: inspected })).toMatchObject([
      { drift: "stranger", service: "mail" },
    ]);
  });

  test("is not looked at where the machine does not tell, and what is found is told all the same", () => {
    const unseen = { dimension: "processes", object: "others", because: "system" };
    expect(report({ beside: { found: [], unseen: "system" } }).coverage.unchecked).toContainEqual(unseen);
    const one = { pid: 9, argv, isLeft: false };
    expect(found({ beside: { found: [one], unseen: "driver" } })).toMatchObject([{ drift: "stranger" }]);
  });
});
