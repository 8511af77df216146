import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { AlertDesk } from "../../../src/agent/alerts/desk.ts";
import { Outbox } from "../../../src/agent/alerts/outbox.ts";
import type { Vault } from "../../../src/agent/runtime/vault.ts";
import { ok } from "../../../src/errors/result.ts";
import type { Event } from "../../../src/events/event.ts";
import { statePaths } from "../../../src/files/state-paths.ts";
import { deploymentSpecCodec } from "../../../src/records/deployment-spec.ts";
import { Secret } from "../../../src/secrets/secret.ts";
import { openStore } from "../../../src/store/open.ts";
import type { Store } from "../../../src/store/store.ts";
import { unwrap } from "../../app/ports.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanUps.splice(0).reverse()) await end();
});

/** A receiver that answers with one status after the other, and then with 200. */
async function receiver(...statuses: number[]) {
  const ids: string[] = [];
  const server = createServer((request, response) => {
    ids.push(String(request.headers["webhook-id"] ?? request.method));
    request.resume();
    response.writeHead(statuses.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUps.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { ids, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** A state in which `production` serves, with an agent's desk that is killed and started again at will. */
async function place(url: string, more: object = { alerts: [{ kind: "webhook", url: "URL", secret: "KEY" }] }) {
  const folder = tempFolder();
  const store: Store = unwrap(await openStore(join(folder, "state.db")));
  cleanUps.push(() => store.close());
  const spec = {
    environment: "production",
    release: `sha256:${"a".repeat(64)}`,
    kind: "deploy",
    strategy: { strategy: "recreate" },
    url: "http://127.0.0.1:1",
    services: [],
    checks: [],
    config: {},
    secrets: { URL: "keyed:1", KEY: "keyed:2" },
    ...more,
  };
  const lease = unwrap(await store.acquireLease({ environment: "production", holder: "one", ttlMs: 60_000 }));
  const { release, kind } = spec;
  const stored = { release, kind: kind as "deploy", at: 1, spec: deploymentSpecCodec.encode(spec) };
  const { id } = unwrap(await store.createDeployment(lease, stored));
  unwrap(
    await store.finishDeployment(lease, id, { at: 1, outcome: "deployed", failures: [], members: [], serving: id }),
  );
  const vault = {
    get: () =>
      ok(
        new Map([
          ["URL", new Secret(url)],
          ["KEY", new Secret("k")],
        ]),
      ),
  } as unknown as Vault;
  const clock = { now: 5_000_000, speed: 1 };
  const reported: unknown[] = [];
  const start = (down: readonly string[] = []) => {
    const over = new AbortController();
    const desk = new AlertDesk({
      store,
      vault,
      paths: statePaths(folder),
      project: "shop",
      outbox: new Outbox(folder),
      now: () => clock.now,
      report: (problem) => reported.push(problem),
      // Time passes as fast as it can.
      clock: {
        wait: async (ms) => {
          clock.now += ms * clock.speed;
          await new Promise((resolve) => setImmediate(resolve));
        },
      },
    });
    const ended = desk.tend(async () => down.map((service) => ({ environment: "production", service })), over.signal);
    const kill = async () => {
      over.abort();
      await ended;
    };
    cleanUps.push(kill);
    return { desk, kill };
  };
  return { folder, store, clock, start, outbox: new Outbox(folder), reported };
}

const takenOut = (deployment: number): Event => ({
  type: "deploymentFinished",
  environment: "production",
  deployment,
  release: "sha256:b",
  outcome: "reverted",
  durationMs: 1,
  failures: [{ code: "release-regressed", message: "It failed more often" }],
});

test("an alert is told once, whatever is heard again and whichever agent hears it", async () => {
  const { ids, url } = await receiver();
  const { start, outbox } = await place(url);
  const first = start();
  first.desk.heard(takenOut(7), 1);
  first.desk.heard(takenOut(7), 2);
  await expect.poll(() => ids).toEqual(["deployment/production/7"]);
  await expect
    .poll(() => outbox.all()[0]?.deliveries?.[0])
    .toMatchObject({ tries: 1, deliveredAt: expect.any(Number) });
  await first.kill();
  const second = start();
  second.desk.heard(takenOut(7), 3);
  second.desk.heard(takenOut(8), 4);
  await expect.poll(() => ids).toEqual(["deployment/production/7", "deployment/production/8"]);
  expect(outbox.all()).toHaveLength(2);
});

test("a gate that was overridden is told of, once for each gate", async () => {
  const { ids, url } = await receiver();
  const { start, outbox } = await place(url);
  const about = { type: "gateOverridden", environment: "production", deployment: 7, reason: "incident 42" } as const;
  const { desk } = start();
  for (const gate of ["window", "parity", "window"]) desk.heard({ ...about, gate }, 1);
  await expect.poll(() => ids.toSorted()).toEqual(["override/production/7/parity", "override/production/7/window"]);
  expect(outbox.all()[0]?.alert.what).toContain("incident 42");
});

test("what could not be delivered is tried again after longer and longer, also by the next agent, and in the end no more", async () => {
  const { ids, url } = await receiver(500, 503, 500);
  const { start, outbox } = await place(url);
  const first = start();
  first.desk.heard(takenOut(7), 1);
  await expect.poll(() => ids.length).toBeGreaterThan(0);
  await first.kill();
  expect(outbox.all()[0]!.deliveries![0]).toMatchObject({
    cause: expect.stringMatching(/status 50\d/),
    nextAt: expect.any(Number),
  });
  start();
  await expect.poll(() => outbox.all()[0]!.deliveries![0]!.deliveredAt).toBeGreaterThan(0);
  expect([ids.length, new Set(ids).size]).toEqual([4, 1]);
});

test("a receiver that never answers well is given up after nine tries, and the desk rests", async () => {
  const { ids, url } = await receiver(...Array.from({ length: 20 }, () => 500));
  const { start, outbox, clock } = await place(url);
  clock.speed = 300;
  const { desk } = start();
  desk.heard(takenOut(7), 1);
  await expect.poll(() => desk.isBusy && ids.length > 0).toBe(true);
  await expect.poll(() => desk.isBusy).toBe(false);
  expect(ids).toHaveLength(9);
  expect(outbox.all()[0]!.deliveries).toEqual([expect.not.objectContaining({ nextAt: expect.anything() })]);
});

test("where nobody is to be told nothing is kept", async () => {
  const { start, outbox } = await place("http://127.0.0.1:1/", {});
  const { desk } = start();
  desk.heard(takenOut(7), 1);
  await expect.poll(() => desk.isBusy).toBe(false);
  expect(outbox.all()).toEqual([]);
});

test("instances that end again and again are one alert a day, and so is a service of which none runs", async () => {
  const { ids, url } = await receiver();
  const { start } = await place(url);
  const { desk } = start(["web"]);
  const lost: Event = {
    type: "instanceLost",
    environment: "production",
    instance: "d1-api-2",
    failures: [],
    restartInMs: 1,
  };
  for (let times = 1; times <= 8; times += 1) desk.heard(lost, 1_000 * times);
  await expect
    .poll(() => [...ids].sort().slice(0, 2))
    .toEqual(["down/production/web/1970-01-01", "restart-loop/production/api/1970-01-01"].sort());
  expect(ids.filter((id) => id.startsWith("restart-loop"))).toHaveLength(1);
});

test("a deployment that was taken out while nobody could tell of it any more is told by the next agent", async () => {
  const { ids, url } = await receiver();
  const { store, start, clock } = await place(url);
  const lease = unwrap(await store.acquireLease({ environment: "production", holder: "one", ttlMs: 60_000 }));
  const before = unwrap(await store.deployment(1))!;
  const { id } = unwrap(
    await store.createDeployment(lease, { release: "sha256:b", kind: "deploy", at: 2, spec: before.spec }),
  );
  unwrap(
    await store.finishDeployment(lease, id, {
      at: clock.now,
      outcome: "reverted",
      failures: [],
      members: [],
      serving: 1,
    }),
  );
  start();
  await expect.poll(() => ids).toEqual(["deployment/production/2"]);
});

test("a heartbeat goes out again and again, to the address that the secret holds", async () => {
  const { ids, url } = await receiver();
  const { start } = await place(url, { heartbeat: { url: "URL", everyMs: 30_000 } });
  start();
  await expect.poll(() => ids.slice(0, 3)).toEqual(["GET", "GET", "GET"]);
});
