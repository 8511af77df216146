import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { type Clock, systemClock } from "../../src/process/clock.ts";
import { postgresProvider } from "../../src/resources/postgres/provider.ts";
import { readServer, serverPlace } from "../../src/resources/postgres/server/record.ts";
import { runningPid } from "../../src/resources/postgres/server/start.ts";
import { tendServers } from "../../src/resources/postgres/server/tend.ts";
import type { ResourceHost } from "../../src/resources/resource.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { created, taken, withHost } from "./conformance.ts";
import { got, TestLedger } from "./ledger.ts";
import { asSuper, debianMajor, npmMajor, postgresSpec, query } from "./postgres-subject.ts";

/** Debian's where it is there: it has pg_dump. */
const version = debianMajor ?? npmMajor;
const spec = postgresSpec(version);
const provider = postgresProvider();

test("two environments that are made at once have one server", async () => {
  await withHost(provider, spec, async (host, ledgerOf) => {
    const ledgers = ["one", "two", "three"].map(ledgerOf);
    await Promise.all(ledgers.map((ledger) => created(provider, spec, ledger)));
    const all = await Promise.all(ledgers.map(async (ledger) => got(await provider.connect(spec, ledger.context()))));
    expect(new Set(all.map(({ port }) => port)).size).toBe(1);
    expect(readdirSync(host.folder).filter((name) => name === `postgres-${version}`)).toHaveLength(1);
  });
});

test("promise 20: an environment's role does not get into another one's database, and nobody in as the superuser", async () => {
  await withHost(provider, spec, async (host, ledgerOf) => {
    const [one, two] = await Promise.all(
      ["one", "two"].map(async (name) => {
        await created(provider, spec, ledgerOf(name));
        return got(await provider.connect(spec, new TestLedgerLike(host, name).context()));
      }),
    );
    const stolen = (one!.url as Secret).reveal().replace(/[^/]+$/, String(two!.database));
    await expect(connected(stolen)).rejects.toThrow(/permission denied for database/);
    await expect(connected((one!.url as Secret).reveal().replace(/[0-9a-f]{64}/, "wrong"))).rejects.toThrow(/password/);
    const password = host.derive("postgres superuser").reveal();
    await expect(connected(`postgres://tidegate:${password}@127.0.0.1:${one!.port}/postgres`)).rejects.toThrow(
      /pg_hba/,
    );
  });
});

test("promise 6: passwords are in no log of the server, also when a statement of theirs fails", async () => {
  await withHost(provider, spec, async (host, ledgerOf) => {
    const ledger = ledgerOf("staging");
    await created(provider, spec, ledger);
    const outputs = got(await provider.connect(spec, ledger.context()));
    await asSuper(host, version, `alter role ${pg.escapeIdentifier(String(outputs.user))} password 'another'`);
    await created(provider, spec, ledger);
    await expect(query(outputs, "select secret_of_the_statement from nothing")).rejects.toThrow();
    const log = readFileSync(serverPlace(host, version).log, "utf8");
    for (const hidden of [(outputs.password as Secret).reveal(), "SCRAM-SHA-256$", "secret_of_the_statement from"])
      expect(log).not.toContain(hidden);
  });
});

test("promise 19: a server that was killed runs again by itself, also when its number is somebody else's by then", async () => {
  await withHost(provider, spec, async (host, ledgerOf) => {
    const ledger = ledgerOf("staging");
    await created(provider, spec, ledger);
    await query(got(await provider.connect(spec, ledger.context())), "create table kept ()");
    const data = dataOf(host);
    await killServer(data);
    expect(await provider.observe(spec, ledger.context(), "whole")).toMatchObject({
      failures: [{ code: "resource-unreachable" }],
    });
    // As after the machine went down: the file is there, and its number is a process that is no server.
    const stranger = strangerProcess();
    const file = join(data, "postmaster.pid");
    writeFileSync(file, readFileSync(file, "utf8").replace(/^\d+/, String(stranger.pid)));
    const end = new AbortController();
    const problems: unknown[] = [];
    const tending = provider.tend!(host, {
      inUse: () => [spec],
      report: (problem) => void problems.push(problem),
      signal: end.signal,
    });
    await until(() => runningPid(data) !== undefined);
    end.abort();
    await tending;
    expect(problems).toEqual([]);
    const outputs = got(await provider.connect(spec, ledger.context()));
    expect(await query(outputs, "select to_regclass('kept') is not null as there")).toEqual([{ there: true }]);
  });
});

test("a server that nobody needs any more ends, and is there again with its data for whoever connects next", async () => {
  await withHost(provider, spec, async (host, ledgerOf) => {
    const ledger = ledgerOf("staging");
    await created(provider, spec, ledger);
    await query(got(await provider.connect(spec, ledger.context())), "create table kept ()");
    got(await provider.rest!(host));
    expect(runningPid(dataOf(host))).toBeUndefined();
    got(await provider.rest!(host));
    const outputs = got(await provider.connect(spec, ledger.context()));
    expect(await query(outputs, "select to_regclass('kept') is not null as there")).toEqual([{ there: true }]);
  });
});

test("a port that somebody else took is told, and another one is used from then on", async () => {
  await withHost(provider, spec, async (host, ledgerOf) => {
    const ledger = ledgerOf("staging");
    await created(provider, spec, ledger);
    const before = got(await provider.connect(spec, ledger.context()));
    await killServer(dataOf(host));
    const thief = createServer().listen(Number(before.port), "127.0.0.1");
    await once(thief, "listening");
    onTestFinished(() => void thief.close());
    const after = got(await provider.connect(spec, ledger.context()));
    expect(after.port).not.toBe(before.port);
    expect(ledger.said.join("\n")).toContain(`Port ${before.port} is in use`);
    await query(after, "select 1");
  });
});

test("a database that is gone is told, and made again only where an empty one will do", async () => {
  await withHost(provider, spec, async (host, ledgerOf) => {
    const ledger = ledgerOf("staging");
    await created(provider, spec, ledger);
    const { database } = got(await provider.connect(spec, ledger.context()));
    await asSuper(host, version, `drop database ${pg.escapeIdentifier(String(database))}`);
    expect(got(await provider.observe(spec, ledger.context(), "whole"))).toEqual({ state: "absent" });
    const gone = { failures: [{ code: "resource-gone" }] };
    expect(await provider.connect(spec, ledger.context())).toMatchObject(gone);
    expect(await provider.snapshots!.take(spec, ledger.context(), "s1")).toMatchObject(gone);
    expect(await provider.create(spec, { ...ledger.context(), wasWhole: true })).toMatchObject(gone);
    expect(got(await provider.observe(spec, ledger.context(), "whole"))).toEqual({ state: "absent" });
    await created(provider, spec, ledger);
    expect(got(await provider.observe(spec, ledger.context(), "whole"))).toMatchObject({
      state: "there",
      deviations: [],
    });
  });
});

test("a server that was put to rest is at rest, not lost: its version is known, and it comes up for who connects", async () => {
  await withHost(provider, spec, async (host, ledgerOf) => {
    const ledger = ledgerOf("staging");
    await created(provider, spec, ledger);
    const up = got(await provider.observe(spec, ledger.context(), "whole"));
    expect((await provider.rest!(host)).ok).toBe(true);
    for (const depth of ["glance", "whole"] as const)
      expect(got(await provider.observe(spec, ledger.context(), depth))).toMatchObject({
        state: "there",
        version: (up as { version: string }).version,
        deviations: [],
        unchecked: [expect.stringContaining("is stopped")],
      });
    got(await provider.connect(spec, ledger.context()));
    expect(got(await provider.observe(spec, ledger.context(), "whole"))).toMatchObject({ unchecked: [] });
    await killServer(dataOf(host));
    expect(await provider.observe(spec, ledger.context(), "whole")).toMatchObject({
      failures: [{ code: "resource-unreachable" }],
    });
  });
});

test("another version is refused, both of the definition and of the machine, and nothing is touched", async () => {
  await withHost(provider, spec, async (host, ledgerOf) => {
    const ledger = ledgerOf("staging");
    await created(provider, spec, ledger);
    const wanted = { ...spec, version: "99" };
    expect(await provider.create(wanted, ledger.context())).toMatchObject({ failures: [{ code: "resource-version" }] });
    expect(await provider.create(wanted, new TestLedgerLike(host, "other").context())).toMatchObject({
      failures: [{ code: "resource-failed", message: "PostgreSQL 99 is not on this machine" }],
    });
    expect(got(await provider.observe(wanted, ledger.context(), "whole"))).toMatchObject({
      deviations: [expect.stringContaining("the definition says 99")],
    });
  });
});

test("a snapshot that is damaged changes nothing", async () => {
  await withHost(provider, spec, async (host, ledgerOf) => {
    const ledger = ledgerOf("staging");
    await created(provider, spec, ledger);
    const outputs = got(await provider.connect(spec, ledger.context()));
    await query(outputs, "create table kept as select generate_series(1, 2000) as number");
    const snapshot = await taken(provider.snapshots!, spec, ledger, "s1");
    if (snapshot.place.kind === "dump") {
      const path = join(host.snapshots, snapshot.place.name);
      const whole = readFileSync(path);
      writeFileSync(path, whole.subarray(0, whole.length - 200));
    } else await asSuper(host, version, `drop database ${pg.escapeIdentifier(snapshot.place.name)}`);
    expect((await provider.snapshots!.restore(spec, ledger.context(), snapshot)).ok).toBe(false);
    expect((await provider.snapshots!.rehearse(spec, ledger.context(), snapshot)).ok).toBe(false);
    expect(await query(outputs, "select count(*)::int as rows from kept")).toEqual([{ rows: 2000 }]);
    expect(got(await provider.observe(spec, ledger.context(), "whole"))).toMatchObject({
      state: "there",
      deviations: [],
    });
  });
});

test("a place that leads out of the folder of snapshots, or names an environment's database, is no snapshot", async () => {
  await withHost(provider, spec, async (_host, ledgerOf) => {
    const ledger = ledgerOf("staging");
    await created(provider, spec, ledger);
    const { database } = got(await provider.connect(spec, ledger.context()));
    const places = [
      { kind: "dump", name: "../../etc/passwd" },
      { kind: "dump", name: "../x.dump" },
      { kind: "database", name: String(database) },
    ] as const;
    for (const place of places)
      expect((await provider.snapshots!.forget(spec, ledger.context(), place)).ok).toBe(false);
    expect(got(await provider.observe(spec, ledger.context(), "whole"))).toMatchObject({
      state: "there",
      deviations: [],
    });
  });
});

test("an external database is looked at and saved, and neither altered nor removed", async () => {
  await withHost(provider, spec, async (host, ledgerOf) => {
    const owner = ledgerOf("owner");
    await created(provider, spec, owner);
    const outputs = got(await provider.connect(spec, owner.context()));
    await query(outputs, "create table kept as select 1 as number");
    const external = { ...spec, external: { url: "DB_URL" } };
    const ledger = new TestLedger(host, "production", new Map([["DB_URL", outputs.url as Secret]]));
    await created(provider, external, ledger);
    expect(got(await provider.connect(external, ledger.context()))).toMatchObject({
      ...outputs,
      url: expect.anything(),
    });
    expect(got(await provider.observe(external, ledger.context(), "whole"))).toMatchObject({
      state: "there",
      deviations: [],
    });
    const stranger = new TestLedger(host, "production");
    stranger.made = ledger.made;
    expect(got(await provider.observe(external, stranger.context(), "glance"))).toEqual({
      state: "unseen",
      because: "its URL, the secret DB_URL, is not available",
    });
    expect(await provider.observe(external, stranger.context(), "whole")).toMatchObject({ ok: false });
    expect(got(await provider.observe(external, ledger.context(), "glance"))).toMatchObject({
      state: "there",
      version: expect.stringContaining(version),
      leftOut: ["its size"],
    });
    if (version === debianMajor) {
      const snapshot = await taken(provider.snapshots!, external, ledger, "s1");
      got(await provider.snapshots!.rehearse(external, ledger.context(), snapshot));
      const refused = await provider.snapshots!.restore(external, ledger.context(), snapshot);
      expect(refused).toMatchObject({ failures: [{ hint: expect.stringContaining("pg_restore") }] });
      got(await provider.snapshots!.forget(external, ledger.context(), snapshot.place));
    }
    got(await provider.destroy(external, ledger.context()));
    expect(ledger.said.join("\n")).toContain("stays as it is");
    expect(await query(outputs, "select number from kept")).toEqual([{ number: 1 }]);
  });
});

test("an external database that is away, of another version, or without a URL says which, and never its password", async () => {
  await withHost(provider, spec, async (host, ledgerOf) => {
    const owner = ledgerOf("owner");
    await created(provider, spec, owner);
    const { url } = got(await provider.connect(spec, owner.context()));
    const outcome = async (text: string | undefined, asked = version) => {
      const secrets = new Map(text === undefined ? [] : [["DB_URL", new Secret(text)]]);
      const ledger = new TestLedger(host, "production", secrets);
      const result = await provider.create({ ...spec, version: asked, external: { url: "DB_URL" } }, ledger.context());
      return result.ok ? undefined : result.failures[0];
    };
    const real = (url as Secret).reveal();
    const away = await outcome("postgres://somebody:hidden@127.0.0.1:1/nothing");
    expect(away).toMatchObject({ code: "resource-unreachable" });
    expect(JSON.stringify(away)).not.toContain("hidden");
    expect(await outcome(real, "12")).toMatchObject({ code: "resource-version" });
    expect(await outcome(undefined)).toMatchObject({ code: "secret-missing" });
    expect(await outcome("postgres://some body:hidden@[")).toMatchObject({ code: "secret-invalid" });
    expect(await outcome(real.replace(/[0-9a-f]{64}/, "wrong"))).toMatchObject({ code: "resource-unreachable" });
  });
});

/** A ledger that nothing has to be destroyed of afterwards: another one has the same. */
class TestLedgerLike extends TestLedger {
  constructor(host: ResourceHost, environment: string) {
    super(host, environment);
    const name = `tg_shop_${environment}_db`;
    if (environment !== "other") this.made = { where: "local", major: version, database: name, role: name };
  }
}

async function connected(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
  } finally {
    await client.end();
  }
}

function dataOf(host: ResourceHost): string {
  return join(got(readServer(serverPlace(host, version)))!.home, "data");
}

async function killServer(data: string): Promise<void> {
  process.kill(runningPid(data)!, "SIGKILL");
  await until(() => runningPid(data) === undefined);
}

function strangerProcess(): ChildProcess {
  const child = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

test("a server that nothing uses stays down, also where somebody looks after servers", async () => {
  await withHost(provider, spec, async (host, ledgerOf) => {
    const ledger = ledgerOf("staging");
    await created(provider, spec, ledger);
    const outputs = got(await provider.connect(spec, ledger.context()));
    got(await provider.rest!(host));
    const end = new AbortController();
    const once: Clock = { ...systemClock, wait: async () => end.abort() };
    await tendServers(host, [], { inUse: () => [], report: () => {}, signal: end.signal }, once);
    expect(runningPid(dataOf(host))).toBeUndefined();
    // What is secret of it is known all the same.
    expect(got(await provider.recall!(spec, ledger.context()))).toEqual(outputs);
    expect(runningPid(dataOf(host))).toBeUndefined();
  });
});
