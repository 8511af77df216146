import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, type TestContext, test } from "vitest";
import { openStore } from "../../src/store/open.ts";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import type { Store } from "../../src/store/store.ts";
import { binFile } from "../support/cli.ts";
import { cuttableWire, PostgresServer } from "../support/postgres.ts";
import { unavailable } from "../support/require.ts";
import { describeStore, expectOk } from "./conformance.ts";

const { missing } = PostgresServer;
const orSkip = (context: TestContext) => {
  if (missing !== undefined) unavailable(context, missing);
};

let server: PostgresServer;
beforeAll(async () => {
  if (missing === undefined) server = await PostgresServer.start();
});
afterAll(() => server?.stop());
beforeEach(orSkip);

describeStore("PostgreSQL", async () => {
  const url = await server.createDatabase();
  const opened: Store[] = [];
  const connect = async (project = "one project") => {
    const store = expectOk(await openStore(url, { project }));
    opened.push(store);
    return store;
  };
  const dispose = async () => {
    for (const store of opened) await store.close();
  };
  return { store: await connect(), connect, dispose };
});

const secret = /password nobody|password%20nobody/;

describe("a PostgreSQL store", () => {
  let url: string;
  let folder: string;
  const opened: Store[] = [];
  beforeEach(async () => {
    url = await server.createDatabase();
    folder = mkdtempSync(join(tmpdir(), "tidegate-store-"));
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (at = url, patienceMs = 15_000) => {
    const store = expectOk(await openPostgresStore(at, { project: "shop", patienceMs }));
    opened.push(store);
    return store;
  };

  test("is made once by many that open it at the same time", async () => {
    const stores = await Promise.all(Array.from({ length: 6 }, () => open()));
    expectOk(await stores[0]!.addRelease({ digest: "sha256:a", createdAt: 1, files: 1, bytes: 1, provenance: {} }));
    for (const store of stores) expect(expectOk(await store.releases())).toHaveLength(1);
  });

  test("of a newer Tidegate is refused and left as it is", async () => {
    await open();
    await server.query(url, "update tidegate.meta set value = '99' where key = 'schema'");
    const refused = await openPostgresStore(url, { project: "shop" });
    expect(refused).toMatchObject({ ok: false, failures: [{ code: "state-newer" }] });
    expect(await server.query(url, "select value from tidegate.meta")).toEqual([{ value: "99" }]);
  });

  test("leaves what others have in the same database alone", async () => {
    await server.query(url, "create table release (mine int); create table meta (mine int)");
    const store = await open();
    expect(expectOk(await store.releases())).toEqual([]);
    expect(await server.query(url, "select * from release")).toEqual([]);
  });

  test("that lost a table says that it is damaged, not that there is nothing", async () => {
    const store = await open();
    await server.query(url, "drop table tidegate.release");
    expect(await store.releases()).toMatchObject({ ok: false, failures: [{ code: "state-damaged" }] });
  });

  test("whose document is damaged says so, not that there is none", async () => {
    const store = await open();
    expectOk(await store.addIncident({ at: 1, environment: "staging", event: {} }));
    await server.query(url, "update tidegate.incident set event = '{\"cut of'");
    expect(await store.incidents({ limit: 1 })).toMatchObject({ ok: false, failures: [{ code: "state-damaged" }] });
    expect(expectOk(await store.check())).toEqual(["Incident 1 cannot be read."]);
  });

  test("takes the time of leases and tokens from the server", async () => {
    const store = await open();
    const time = async () =>
      Number((await server.query(url, "select floor(extract(epoch from now()) * 1000)::float8 as now"))[0]!.now);
    const before = await time();
    const { token } = expectOk(await store.acquireLease({ environment: "staging", holder: "one", ttlMs: 5_000 }));
    expect(token).toBeGreaterThanOrEqual(before);
    expect(token).toBeLessThanOrEqual(await time());
    expect(expectOk(await store.environment("staging"))?.lease?.expiresAt).toBe(token + 5_000);
  });

  test("is written into a SQLite file that opens as a state", async () => {
    const store = await open();
    const held = expectOk(await store.acquireLease({ environment: "staging", holder: "one", ttlMs: 60_000 }));
    const spec = { text: "x".repeat(10) };
    for (let index = 0; index < 250; index += 1)
      expectOk(await store.createDeployment(held, { release: "r", kind: "deploy", at: 1, spec }));
    expectOk(await store.appendEvents([{ at: 1, subject: { kind: "run", name: "1" }, event: { type: "x" } }]));
    const file = join(folder, "backup");
    expectOk(await store.backup(file));
    expect(await store.backup(file)).toMatchObject({ ok: false, failures: [{ code: "file-exists" }] });
    const restored = expectOk(await openStore(file));
    opened.push(restored);
    for (const read of [
      (one: Store) => one.deployments(),
      (one: Store) => one.environments(),
      (one: Store) => one.events({ after: 0, limit: 9 }),
      (one: Store) => one.highWater(),
      (one: Store) => one.check(),
    ])
      expect(await read(restored)).toEqual(await read(store));
  });

  test("is spoken to by the published package too, by a file of its own that nothing else loads", async () => {
    const dist = dirname(binFile());
    const speaks = readdirSync(dist).filter(
      (name) => name.endsWith(".js") && readFileSync(join(dist, name), "utf8").includes("pg_advisory_xact_lock"),
    );
    const [chunk, ...others] = speaks.filter((name) => name !== "agent.js");
    expect(others).toEqual([]);
    const { openPostgresStore: openBuilt } = await import(join(dist, chunk!));
    const store: Store = expectOk(await openBuilt(url, { project: "shop" }));
    opened.push(store);
    expect(expectOk(await store.releases())).toEqual([]);
  });

  describe("that cannot be reached", () => {
    const unreachable = { ok: false, failures: [{ code: "store-unreachable" }] };

    test("says so when it is opened, without the password", async () => {
      const wrong = url.replace("nobody", "everybody");
      const away = new URL(url);
      away.port = "1";
      for (const [at, code] of [
        [away.href, "store-unreachable"],
        [wrong, "store-unreachable"],
        [`${url}-is-not-there`, "store-unreachable"],
        [url.replace("127.0.0.1", "no such host"), "bad-arguments"],
      ] as const) {
        const refused = await openStore(at, { project: "shop" });
        expect(refused).toMatchObject({ ok: false, failures: [{ code }] });
        expect(JSON.stringify(refused)).not.toMatch(/password nobody|password%20nobody|everybody/);
      }
    });

    test("fails every call, and none of them says that there is nothing", async () => {
      const wire = await cuttableWire(server.port);
      const store = await open(url.replace(`:${server.port}/`, `:${wire.port}/`));
      const held = expectOk(await store.acquireLease({ environment: "staging", holder: "one", ttlMs: 60_000 }));
      const { id } = expectOk(await store.createDeployment(held, { release: "r", kind: "deploy", at: 1, spec: {} }));
      const calls = [
        () => store.releases(),
        () => store.findReleases("a"),
        () => store.environment("staging"),
        () => store.environments(),
        () => store.deployment(id),
        () => store.deployments(),
        () => store.unfinishedDeployments(),
        () => store.journal(id),
        () => store.incidents({ limit: 1 }),
        () => store.events({ after: 0, limit: 1 }),
        () => store.highWater(),
        () => store.check(),
        () => store.backup(join(folder, "backup")),
        () => store.acquireLease({ environment: "staging", holder: "one", ttlMs: 1 }),
        () => store.renewLease(held, 1),
        () => store.appendJournal(held, id, { at: 1, event: {} }),
        () => store.releaseLease(held),
      ];
      await wire.close();
      for (const call of calls) {
        const answer = await call();
        expect(answer).toMatchObject(unreachable);
        expect(JSON.stringify(answer)).not.toMatch(secret);
      }
    });

    test("in the middle of a transaction fails that call and leaves nothing of it behind", async () => {
      const wire = await cuttableWire(server.port);
      const store = await open(url.replace(`:${server.port}/`, `:${wire.port}/`));
      const direct = await open();
      expectOk(await direct.acquireLease({ environment: "staging", holder: "one", ttlMs: 60_000 }));
      const isGone = () => {
        wire.cut();
        return true;
      };
      const taken = await store.acquireLease({ environment: "staging", holder: "two", ttlMs: 60_000, isGone });
      expect(taken).toMatchObject(unreachable);
      expect(expectOk(await direct.environment("staging"))?.lease?.holder).toBe("one");
      expect(expectOk(await store.environment("staging"))?.lease?.holder).toBe("one");
      await wire.close();
    });

    test("because it went silent gives up in the end", async () => {
      const wire = await cuttableWire(server.port);
      const store = await open(url.replace(`:${server.port}/`, `:${wire.port}/`), 300);
      wire.silence();
      expect(await store.environments()).toMatchObject(unreachable);
      await wire.close();
    });

    test("because the server ends it in the middle of its work, and takes it up again", async () => {
      const store = await open();
      const end =
        "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()";
      await server.query(url, end);
      // The broken connection may be noticed by the call or before it.
      await store.environments();
      expect(expectOk(await store.environments())).toEqual([]);
    });
  });
});
