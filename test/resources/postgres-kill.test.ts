import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { SnapshotAbout } from "../../src/records/resource.ts";
import { postgresProvider } from "../../src/resources/postgres/provider.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { got, testHost } from "./ledger.ts";
import type { Call } from "./postgres/call.ts";
import { callInProcess, killedEverywhere, ledgerOf } from "./postgres/call-in-process.ts";
import { majors, postgresSubject, query } from "./postgres-subject.ts";

describe.each(majors)("promise 11: PostgreSQL %s killed at any step", { timeout: 900_000 }, (version) => {
  test("of create: the next one makes all of it, and there is one server", async () => {
    const folder = stateFolder(version);
    const call = { folder, version, environment: "staging", does: "create" } as const;
    await killedEverywhere(call, async (step) => {
      await callInProcess(call);
      await expectWhole(call, `after a kill at ${step}`);
      await callInProcess({ ...call, does: "destroy" });
      expectNothingLeft(folder, version);
    });
  });

  test("of destroy: the next one removes the rest", async () => {
    const folder = stateFolder(version);
    const call = { folder, version, environment: "staging", does: "destroy" } as const;
    await killedEverywhere(call, async () => {
      await callInProcess(call);
      expectNothingLeft(folder, version);
      await callInProcess({ ...call, does: "create" });
    });
    await callInProcess(call);
  });

  test("of a snapshot: the database serves, and the next one is whole", async () => {
    const folder = stateFolder(version);
    const call = { folder, version, environment: "staging", does: "take" } as const;
    await callInProcess({ ...call, does: "create" });
    await killedEverywhere(call, async (step) => {
      await put(call, `before ${step}`);
      const snapshot = await taken(call);
      await put(call, "after");
      await callInProcess({ ...call, does: "restore", snapshot });
      expect(await kept(call)).toBe(`before ${step}`);
    });
    await forgetAndDestroy(call);
  });

  test("of a restore: there is what was or what shall be, never neither, and the next one ends it", async () => {
    const folder = stateFolder(version);
    const call = { folder, version, environment: "staging", does: "restore" } as const;
    await callInProcess({ ...call, does: "create" });
    await put(call, "wanted");
    const snapshot = await taken(call);
    await put(call, "before");
    await killedEverywhere({ ...call, snapshot }, async (step) => {
      expect(["before", "wanted"]).toContain(await kept(call));
      await callInProcess({ ...call, snapshot, does: step % 2 === 0 ? "restore" : "create" });
      await callInProcess({ ...call, snapshot });
      expect(await kept(call)).toBe("wanted");
      await expectWhole(call, `after a kill at ${step}`);
      await put(call, "before");
    });
    await forgetAndDestroy(call);
  });

  test("of a rehearsal: nothing has changed, and nothing of it stays after the next one", async () => {
    const folder = stateFolder(version);
    const call = { folder, version, environment: "staging", does: "rehearse" } as const;
    await callInProcess({ ...call, does: "create" });
    await put(call, "wanted");
    const snapshot = await taken(call);
    await killedEverywhere({ ...call, snapshot }, async (step) => {
      await callInProcess({ ...call, does: "create" });
      expect(await kept(call)).toBe("wanted");
      await callInProcess({ ...call, snapshot });
      await expectWhole(call, `after a kill at ${step}`);
    });
    await forgetAndDestroy(call);
  });
});

function stateFolder(version: string): string {
  const folder = tempFolder({}, "state");
  testHost(folder);
  onTestFinished(async () => {
    await callInProcess({ folder, version, environment: "staging", does: "destroy" });
  });
  return folder;
}

function outputsOf({ folder, version, environment }: Call) {
  return postgresProvider().connect(postgresSubject(version).spec, ledgerOf(folder, environment).context()).then(got);
}

async function put(call: Call, text: string): Promise<void> {
  await postgresSubject(call.version).put!(await outputsOf(call), text);
}

async function kept(call: Call): Promise<string | undefined> {
  return await postgresSubject(call.version).get!(await outputsOf(call));
}

async function taken(call: Call): Promise<SnapshotAbout> {
  const { output } = await callInProcess({ ...call, does: "take" });
  return { resource: "db", kind: "postgres", at: 0, because: "asked", ...JSON.parse(output).value };
}

/** As it was made, and with no database but its own and its snapshot's. */
async function expectWhole(call: Call, when: string): Promise<void> {
  const context = ledgerOf(call.folder, call.environment).context();
  const observed = got(await postgresProvider().observe(postgresSubject(call.version).spec, context, "whole"));
  expect(observed, when).toMatchObject({ state: "there", deviations: [] });
  const databases = await query(await outputsOf(call), "select datname::text as name from pg_database");
  const names = databases.map(({ name }) => String(name)).filter((name) => !/^(template.|postgres|tgs_.*)$/.test(name));
  expect(names, when).toEqual(["tg_shop_staging_db"]);
}

async function forgetAndDestroy(call: Call): Promise<void> {
  const { snapshots } = postgresProvider();
  const subject = postgresSubject(call.version);
  const snapshot = await taken(call);
  got(await snapshots!.forget(subject.spec, ledgerOf(call.folder, call.environment).context(), snapshot.place));
  await callInProcess({ ...call, does: "destroy" });
  expectNothingLeft(call.folder, call.version);
}

function expectNothingLeft(folder: string, version: string): void {
  expect(postgresSubject(version).left(testHost(folder))).toEqual([]);
  expect(readdirSync(join(folder, "snapshots"))).toEqual([]);
}
