import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, type TestContext, test } from "vitest";
import type { SnapshotAbout } from "../../src/records/resource.ts";
import { postgresProvider } from "../../src/resources/postgres/provider.ts";
import { unavailable } from "../support/require.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { got, testHost } from "./ledger.ts";
import { callInProcess, ledgerOf } from "./postgres/call-in-process.ts";
import { debianMajor, postgresSubject, requireDebians } from "./postgres-subject.ts";

const user = { uid: 65_534, gid: 65_534 };

test("on a full disk nothing is begun or half done, the database serves, and with space again everything goes on", async (context) => {
  requireDebians(context);
  const folder = tempFolder({}, "state");
  const disk = join(folder, "resources");
  mkdirSync(disk);
  mountSmall(disk, context);
  // On the same disk; the ledger is not, as in the store.
  mkdirSync(join(disk, "snapshots"));
  symlinkSync(join(disk, "snapshots"), join(folder, "snapshots"));
  testHost(folder);
  for (const path of [folder, disk, join(disk, "snapshots")]) chownSync(path, user.uid, user.gid);
  chmodSync(dirname(folder), 0o755);
  const version = debianMajor!;
  const call = { folder, version, environment: "staging" } as const;
  const other = { ...call, environment: "production" } as const;
  try {
    await callInProcess({ ...call, does: "create" }, user);
    const { spec, put, get } = postgresSubject(version);
    const outputs = async () => got(await postgresProvider().connect(spec, ledgerOf(folder, "staging").context()));
    await put!(await outputs(), "kept");
    const taken = JSON.parse((await callInProcess({ ...call, does: "take" }, user)).output).value;
    const snapshot: SnapshotAbout = { resource: "db", at: 0, because: "asked", ...taken };
    const filler = join(disk, "filler");
    fill(filler);
    const failing = [
      { ...call, does: "take" },
      { ...call, does: "restore", snapshot },
      { ...other, does: "create" },
    ] as const;
    for (const one of failing) {
      const failure = await callInProcess(one, user).then(
        () => "it went well",
        (error: Error) => error.message,
      );
      expect(failure, one.does).toMatch(/no-space|No space left/);
      expect(failure, one.does).toContain(`Free some space in ${folder}`);
      expect(await get!(await outputs()), one.does).toBe("kept");
    }
    rmSync(filler);
    await callInProcess({ ...call, does: "restore", snapshot }, user);
    await callInProcess({ ...other, does: "create" }, user);
    await callInProcess({ ...call, does: "take" }, user);
    expect(await get!(await outputs())).toBe("kept");
    await callInProcess({ ...call, does: "forget", snapshot }, user);
  } finally {
    rmSync(join(disk, "filler"), { force: true });
    for (const one of [call, other]) await callInProcess({ ...one, does: "destroy" }, user);
  }
});

/** A disk of its own, gone with the test. */
function mountSmall(disk: string, context: TestContext): void {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=160m,mode=755", "tmpfs", disk], { stdio: "pipe" });
  } catch {
    unavailable(context, "a small disk can be mounted by root alone");
  }
  onTestFinished(() => void execFileSync("umount", ["--lazy", disk]));
}

function fill(path: string): void {
  for (const size of [1_048_576, 4096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: "a" });
    } catch {
      // This is what it is for.
    }
  }
}
