import { describe, expect, test } from "vitest";
import { resourceFindings } from "../../src/app/doctor/environments.ts";
import type { Instance } from "../../src/drivers/driver.ts";
import { environmentStatus, type Observed } from "../../src/environment/status.ts";
import { ok } from "../../src/errors/result.ts";
import type { GatewayObservation } from "../../src/gateway/gateway.ts";
import type { ResourceSpec } from "../../src/records/resource.ts";
import type { ObservedResource } from "../../src/resources/observe.ts";
import type { Member } from "../../src/strategies/fleet.ts";
import { deployment, digest } from "./fixtures.ts";

const member = (id: string, letter = "a", number = 1): Member => ({
  id,
  service: "web",
  release: digest(letter),
  deployment: number,
});
const [one, two] = [member("d1-web-1"), member("d1-web-2")];

const running = ({ id, service, release, deployment: number }: Member, port: number): Instance => ({
  id,
  environment: "staging",
  service,
  release,
  deployment: number,
  address: { host: "127.0.0.1", port },
  startedAt: 5,
  state: { state: "running", pid: port },
});
const ended = (of: Member): Instance => ({
  ...running(of, 1),
  state: { state: "ended", exit: { code: 1, signal: null } },
});

const gatewayTo = (...members: Member[]): GatewayObservation => ({
  processes: [{ pid: 9, since: 0 }],
  removed: [],
  instances: [],
  environments: [
    {
      environment: "staging",
      token: 1,
      listen: { host: "127.0.0.1", port: 80 },
      hosts: ["staging"],
      routes: [
        {
          prefix: "/",
          pools: [
            {
              deployment: 1,
              release: "r",
              share: 1,
              backends: members.map(({ id }) => ({ instance: id, address: "h:1" })),
            },
          ],
        },
      ],
      internal: [],
    },
  ],
});

const record = { name: "staging", serving: 1, members: { members: [one, two], routed: [one, two] }, stopped: false };
const well: Observed = {
  record,
  serving: deployment(1, "a"),
  underWay: undefined,
  instances: [running(one, 11), running(two, 12)],
  gateway: gatewayTo(one, two),
  isListening: true,
  health: new Map(),
  losses: new Map(),
  quarantines: new Map(),
  agent: "answers",
  isDriven: false,
};
const of = (change: Partial<Observed>) => {
  const { state, problems, release, quarantine } = environmentStatus("staging", { ...well, ...change });
  return {
    state,
    release: release?.slice(7, 8),
    problems: problems.map((problem) => Object.values(problem).slice(0, 2).join(" ")),
    quarantine,
  };
};

describe("the status of an environment is", () => {
  test("serving, when everything is as it should be", () => {
    expect(of({})).toEqual({ state: "serving", release: "a", problems: [], quarantine: undefined });
  });

  const sick = new Map([["d1-web-1", { healthy: false, answer: "503" }]]);
  test.each<[string, Partial<Observed>, string, string[]]>([
    [
      "degraded when one of two instances ended",
      { instances: [ended(one), running(two, 12)], gateway: gatewayTo(two) },
      "degraded",
      ["notRunning d1-web-1"],
    ],
    [
      "down when all of them ended",
      { instances: [ended(one)], gateway: gatewayTo() },
      "down",
      ["notRunning d1-web-1", "notRunning d1-web-2"],
    ],
    ["degraded when one is not healthy", { health: sick }, "degraded", ["unhealthy d1-web-1"]],
    [
      "down when all that get requests are not healthy",
      { health: sick, gateway: gatewayTo(one) },
      "down",
      ["unhealthy d1-web-1", "noTraffic d1-web-2"],
    ],
    ["down when the gateway is", { gateway: undefined }, "down", ["gatewayDown"]],
    ["down when nothing listens at its address", { isListening: false }, "down", ["notListening "]],
    ["degraded when nobody looks after it", { agent: "none" }, "degraded", ["noAgent"]],
    ["degraded when the agent does not answer", { agent: { hangs: 7 } }, "degraded", ["agentHangs 7"]],
    ["degraded when one gets no requests", { gateway: gatewayTo(one) }, "degraded", ["noTraffic d1-web-2"]],
    [
      "degraded when something runs that should not",
      { instances: [...well.instances, running(member("d9-web-1", "z", 9), 13)] },
      "degraded",
      ["unexpected d9-web-1"],
    ],
    [
      "degraded when one crashes again and again",
      { losses: new Map([["d1-web-2", 3]]) },
      "degraded",
      ["crashing d1-web-2"],
    ],
    ["serving when one crashed and is back", { losses: new Map([["d1-web-2", 2]]) }, "serving", []],
    [
      "stopped when it was stopped",
      { record: { ...record, stopped: true }, instances: [], gateway: gatewayTo() },
      "stopped",
      [],
    ],
    [
      "degraded when it was stopped and something runs and answers",
      { record: { ...record, stopped: true } },
      "degraded",
      ["unexpected d1-web-1", "unexpected d1-web-2"],
    ],
    [
      "interrupted when a deployment has no end and nobody drives it",
      { underWay: deployment(2, "b", "unfinished") },
      "interrupted",
      [],
    ],
  ])("%s", (_, change, state, problems) => {
    expect(of(change)).toMatchObject({ state, problems });
  });

  test("neverDeployed without a deployment, but not when something of a lost state serves there", () => {
    const fresh = { record: undefined, serving: undefined };
    expect(of({ ...fresh, instances: [], gateway: undefined })).toMatchObject({ state: "neverDeployed", problems: [] });
    expect(of(fresh)).toMatchObject({
      state: "degraded",
      release: "a",
      problems: ["unexpected d1-web-1", "unexpected d1-web-2"],
    });
  });

  test("changing while the agent drives a deployment: new instances are no problem, one that gets requests and died is", () => {
    const fresh = member("d2-web-1", "b", 2);
    const changing = { underWay: deployment(2, "b", "unfinished"), isDriven: true };
    const instances = [running(two, 12), running(fresh, 21)];
    expect(of({ ...changing, instances, gateway: gatewayTo(two, fresh) })).toMatchObject({
      state: "changing",
      problems: [],
    });
    expect(of({ ...changing, instances: [ended(two)], gateway: gatewayTo(two) })).toMatchObject({
      state: "changing",
      problems: ["notRunning d1-web-2"],
    });
  });

  test("what gets the requests, not what should get them", () => {
    const other = member("d2-web-1", "b", 2);
    expect(of({ instances: [...well.instances, running(other, 21)], gateway: gatewayTo(other) }).release).toBe("b");
  });

  test("told together with why what serves is refused elsewhere", () => {
    expect(of({ quarantines: new Map([[digest("a"), "it was slow"]]) })).toMatchObject({
      state: "serving",
      quarantine: "it was slow",
    });
  });
});

test("of the gateway's problems only the environment's own is told as the cause", () => {
  const problem = {
    code: "port-in-use",
    message: "Port 8080 on 127.0.0.1 is in use",
    environment: "staging",
    about: "listen",
  } as const;
  const problems = [{ ...problem, message: "Port 9090 on 127.0.0.1 is in use", environment: "production" }, problem];
  const status = environmentStatus("staging", { ...well, gateway: { ...well.gateway!, problems }, isListening: false });
  expect(status.problems).toEqual([{ problem: "notListening", causes: [problem.message] }]);
});

test("promise 18: a table that would not survive the gateway is told while everything is served", () => {
  const message = "The routing table of staging has been altered";
  const problems = [{ code: "state-damaged", message, environment: "staging", about: "table" } as const];
  const status = environmentStatus("staging", { ...well, gateway: { ...well.gateway!, problems } });
  expect(status).toMatchObject({ state: "degraded", problems: [{ problem: "gateway", message }] });
});

test("what the gateway answered in an instance's place is told, the newest first, and does not degrade it", () => {
  const at = (lastAt: number, environment = "staging") => ({
    ...{ environment, instance: one.id, status: 502, rule: "Too long.", times: 2 },
    lastAt,
  });
  const gateway = { ...well.gateway!, substitutes: [at(1), at(3), at(2, "production")] };
  const status = environmentStatus("staging", { ...well, gateway });
  expect(status).toMatchObject({ state: "serving", problems: [], substitutes: [at(3), at(1)] });
  expect(environmentStatus("staging", well).substitutes).toBeUndefined();
});

describe("a resource", () => {
  const spec: ResourceSpec = { resource: "folder", name: "files", backup: { keep: 5, maxAgeMs: 1 } };
  const seen = (observed: ObservedResource["observed"], isSaved = true): ObservedResource => ({
    ...{ name: "files", entry: { spec, state: "ready" }, observed, isSaved, snapshots: [] },
    mending: ["Mend it: tidegate mend"],
  });
  const statusWith = (resource: ObservedResource) => environmentStatus("staging", { ...well, resources: [resource] });

  test("that a glance could find out nothing of is neither good nor bad: it was not checked", () => {
    const { state, resources } = statusWith(seen(ok({ state: "unseen", because: "its URL is not available" })));
    expect(state).toBe("serving");
    expect(resources).toMatchObject([{ problems: [], notLookedAt: ["all of it: its URL is not available"] }]);
  });

  test("is told with what a glance left out, and with how its own problems are mended", () => {
    const there = { state: "there", deviations: [], unchecked: [], leftOut: ["its size"] } as const;
    const { resources } = statusWith(seen(ok(there), false));
    expect(resources).toEqual([
      { name: "files", kind: "folder", state: "ready", problems: [], unchecked: [], notLookedAt: ["its size"] },
    ]);
    const gone = statusWith(seen(ok({ state: "absent" })));
    expect(gone).toMatchObject({
      state: "degraded",
      resources: [
        { problems: ["it is not there"], mending: ["Mend it: tidegate mend"], notLookedAt: [], snapshots: 0 },
      ],
    });
    expect(resourceFindings(gone)).toMatchObject([{ state: "warning", hint: "Mend it: tidegate mend" }]);
  });
});

test("requests and calls of an instance are told as one", () => {
  const counts = { requests: 2, serverErrors: 1, connectErrors: 0, brokeOff: 1, underWay: 1 };
  const instance = { environment: "staging", instance: one.id, release: "r", deployment: 1, since: 5, latency: [] };
  const instances = [
    { ...instance, ...counts, internal: false },
    { ...instance, ...counts, internal: true },
  ];
  const status = environmentStatus("staging", { ...well, gateway: { ...well.gateway!, instances } });
  const doubled = { requests: 4, serverErrors: 2, connectErrors: 0, brokeOff: 2, underWay: 2 };
  expect(status.instances.map(({ traffic }) => traffic)).toEqual([doubled, undefined]);
});

test("an instance that other services call is told from one that nobody asks", () => {
  const [table] = gatewayTo(one).environments;
  const backends = [{ instance: two.id, address: "h:2" }];
  const internal = [{ deployment: 1, release: one.release, service: "web", backends }];
  const gateway = { ...gatewayTo(one), environments: [{ ...table!, internal }] };
  const { instances } = environmentStatus("staging", { ...well, gateway });
  expect(instances.map(({ id, routed, called = false }) => ({ id, routed, called }))).toEqual([
    { id: one.id, routed: true, called: false },
    { id: two.id, routed: false, called: true },
  ]);
});
