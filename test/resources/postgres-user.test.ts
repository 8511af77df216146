import { chmodSync, chownSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SnapshotAbout } from "../../src/records/resource.ts";
import { ownerOfServer, serverOwner } from "../../src/resources/postgres/server/owner.ts";
import { readServer, serverPlace } from "../../src/resources/postgres/server/record.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { got, testHost } from "./ledger.ts";
import { callInProcess } from "./postgres/call-in-process.ts";
import { majors, postgresSubject } from "./postgres-subject.ts";

const nobody = { uid: 65_534, gid: 65_534 };

test.each(majors)(
  "a normal user has a PostgreSQL %s, below a path that is longer than one to a socket may be",
  async (version) => {
    const isRoot = process.getuid?.() === 0;
    const parent = tempFolder({}, "x".repeat(90));
    const folder = join(parent, "state");
    const host = testHost(folder);
    if (isRoot)
      for (const path of [parent, folder, host.folder, host.snapshots]) chownSync(path, nobody.uid, nobody.gid);
    if (isRoot) chmodSync(join(parent, ".."), 0o755);
    const user = isRoot ? nobody : {};
    const call = { folder, version, environment: "staging" } as const;
    try {
      await callInProcess({ ...call, does: "create" }, user);
      const taken = JSON.parse((await callInProcess({ ...call, does: "take" }, user)).output).value;
      const snapshot: SnapshotAbout = { resource: "db", kind: "postgres", at: 0, because: "asked", ...taken };
      await callInProcess({ ...call, does: "restore", snapshot }, user);
      await callInProcess({ ...call, does: "rehearse", snapshot }, user);
      expect(got(readServer(serverPlace(host, version)))).toMatchObject({ home: serverPlace(host, version).folder });
      await callInProcess({ ...call, does: "forget", snapshot }, user);
    } finally {
      await callInProcess({ ...call, does: "destroy" }, user);
    }
    expect(postgresSubject(version).left(host)).toEqual([]);
  },
);

test.each(majors)("root's PostgreSQL %s runs as somebody else, who alone can read its data", async (version) => {
  const folder = tempFolder({}, "state");
  const host = testHost(folder);
  const call = { folder, version, environment: "staging" } as const;
  try {
    await callInProcess({ ...call, does: "create" });
    const record = got(readServer(serverPlace(host, version)))!;
    const data = statSync(join(record.home, "data"));
    expect(data.mode & 0o077).toBe(0);
    if (process.getuid?.() !== 0) return;
    expect(data.uid).toBe(record.uid);
    expect(data.uid).not.toBe(0);
    const pid = readFileSync(join(record.home, "data/postmaster.pid"), "utf8").split("\n")[0];
    expect(statSync(`/proc/${pid}`).uid).toBe(record.uid);
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toContain(host.derive("postgres superuser").reveal());
  } finally {
    await callInProcess({ ...call, does: "destroy" });
  }
  expect(readdirSync(host.folder).filter((name) => !name.endsWith(".lock"))).toEqual([]);
});

test.runIf(process.getuid?.() === 0)(
  "root without a user postgres is told how to make one, and never gets nobody",
  () => {
    const find = (name: string) => (name === "nobody" ? nobody : undefined);
    expect(serverOwner(find)).toMatchObject({
      failures: [{ code: "resource-failed", hint: expect.stringContaining("useradd --system") }],
    });
    expect(ownerOfServer({ ...nobody, home: tempFolder({}, "home") }, find).ok).toBe(false);
  },
);

test.runIf(process.getuid?.() === 0)(
  "what an earlier version has run as nobody belongs to postgres at its next start",
  () => {
    const home = tempFolder({ "data/PG_VERSION": "15" }, "home");
    writeFileSync(join(home, "postgresql.conf"), "");
    for (const path of ["data", "data/PG_VERSION"]) chownSync(join(home, path), nobody.uid, nobody.gid);
    const postgres = { uid: 4321, gid: 4322 };
    const find = (name: string) => (name === "nobody" ? nobody : postgres);
    expect(got(ownerOfServer({ ...nobody, home }, find))).toEqual(postgres);
    expect(statSync(join(home, "data/PG_VERSION"))).toMatchObject(postgres);
    expect(statSync(join(home, "postgresql.conf")).uid).toBe(0);
    expect(got(ownerOfServer({ ...postgres, home }, find))).toEqual(postgres);
  },
);
