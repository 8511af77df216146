import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { BlobDigest } from "../../src/blobs/blob-store.ts";
import { DiskBlobStore } from "../../src/blobs/disk/disk-blob-store.ts";
import { ok } from "../../src/errors/result.ts";
import { blobStoreConformance } from "./conformance.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-disk-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function pathOf(folder: string, digest: BlobDigest): string {
  return join(folder, digest.slice(7, 9), digest.slice(9));
}

for (const durable of [true, false]) {
  blobStoreConformance(`a folder (${durable ? "durable" : "quick"})`, () => {
    const folder = mkdtempSync(join(tmpdir(), "tidegate-disk-"));
    return {
      store: new DiskBlobStore(folder, { durable }),
      second: new DiskBlobStore(folder, { durable }),
      damage: (digest) => {
        const path = pathOf(folder, digest);
        const bytes = readFileSync(path);
        bytes[bytes.length >> 1]! ^= 1;
        chmodSync(path, 0o644);
        writeFileSync(path, bytes);
      },
      remove: (digest) => rmSync(pathOf(folder, digest)),
      dispose: () => rmSync(folder, { recursive: true, force: true }),
    };
  });
}

describe("a folder of blobs", () => {
  it("is private, and its blobs are read-only", async () => {
    const folder = join(temporaryFolder(), "blobs");
    const stored = await new DiskBlobStore(folder).putBytes(Buffer.from("hello"));
    if (!stored.ok) throw new Error("not stored");
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(pathOf(folder, stored.value)).mode & 0o777).toBe(0o444);
  });

  it("is left without half a blob when the disk is full, and says so", async ({ skip }) => {
    const folder = temporaryFolder();
    if (!mountSmallDisk(folder)) skip("only root can mount a small disk here");
    onTestFinished(() => void execFileSync("umount", [folder]));
    const store = new DiskBlobStore(folder);
    const small = await store.putBytes(Buffer.from("fits"));
    expect(small.ok).toBe(true);
    for (const size of [900_000, 3 << 20]) {
      const source = join(temporaryFolder(), "source");
      writeFileSync(source, randomBytes(size));
      const stored = await store.putFile(source);
      expect(stored.ok ? "stored" : stored.failures[0]!.code).toBe("no-space");
    }
    expect(readdirSync(join(folder, "incoming"))).toEqual([]);
    expect(await store.has(small.ok ? small.value : ("" as BlobDigest))).toEqual({ ok: true, value: true });
  });

  it("says that it cannot be written when the disk is read-only", async ({ skip }) => {
    const folder = temporaryFolder();
    if (!mountSmallDisk(folder)) skip("only root can mount a read-only disk here");
    onTestFinished(() => void execFileSync("umount", [folder]));
    execFileSync("mount", ["-o", "remount,ro", folder]);
    const stored = await new DiskBlobStore(folder).putBytes(Buffer.from("hello"));
    expect(stored.ok ? "stored" : stored.failures[0]!.code).toBe("not-writable");
  });

  it("that cannot be read is out of reach, not empty: what it has is not taken for missing", async ({ skip }) => {
    if (process.getuid?.() === 0) skip("root reads whatever its mode is");
    const folder = join(temporaryFolder(), "blobs");
    const store = new DiskBlobStore(folder);
    const stored = await store.putBytes(Buffer.from("hello"));
    chmodSync(folder, 0);
    onTestFinished(() => chmodSync(folder, 0o700));
    const digest = stored.ok ? stored.value : ("" as BlobDigest);
    for (const answer of [await store.has(digest), await store.read(digest), await store.list()])
      expect(answer).toMatchObject({ ok: false, failures: [{ code: "blobs-unreachable" }] });
  });

  it("whose disk answers with an error is out of reach, not empty", async () => {
    const folder = join(temporaryFolder(), "blobs");
    const store = new DiskBlobStore(folder);
    const digest = `sha256:ab${"0".repeat(62)}` as BlobDigest;
    mkdirSync(pathOf(folder, digest), { recursive: true });
    expect(await store.read(digest)).toMatchObject({ ok: false, failures: [{ code: "blobs-unreachable" }] });
  });

  it("loses nothing when a root cannot be read: then nobody knows what it keeps", async () => {
    const folder = join(temporaryFolder(), "blobs");
    const store = new DiskBlobStore(folder);
    const stored = await store.putBytes(Buffer.from("hello"));
    const digest = stored.ok ? stored.value : ("" as BlobDigest);
    await store.keep("release", [digest]);
    writeFileSync(join(folder, "roots/release"), "");
    expect(await store.collect(async () => ok(new Set()))).toMatchObject({
      ok: false,
      failures: [{ code: "state-damaged" }],
    });
    expect(await store.has(digest)).toEqual({ ok: true, value: true });
  });

  it("promise 17: is whole after a collection that was killed at any moment", async () => {
    const folder = join(temporaryFolder(), "blobs");
    const store = new DiskBlobStore(folder, { durable: false });
    const kept: BlobDigest[] = [];
    for (let number = 0; number < 400; number++) {
      const stored = await store.putBytes(Buffer.from(`blob ${number}`));
      if (stored.ok && number % 2 === 0) kept.push(stored.value);
    }
    await store.keep("root", kept);
    for (const after of [1, 50, 150]) {
      const script = `
        import fs from "node:fs";
        import { syncBuiltinESMExports } from "node:module";
        const remove = fs.rmSync;
        let count = 0;
        fs.rmSync = (...args) => { if (++count === ${after}) process.kill(process.pid, "SIGKILL"); remove(...args); };
        syncBuiltinESMExports();
        const { DiskBlobStore } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/blobs/disk/disk-blob-store.ts"))});
        await new DiskBlobStore(${JSON.stringify(folder)}).collect(async () => ({ ok: true, value: new Set() }));`;
      const run = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
      expect(run.signal, run.stderr).toBe("SIGKILL");
      for (const digest of kept) expect(await store.verify(digest)).toEqual({ ok: true, value: true });
    }
    expect(await store.collect(async () => ok(new Set()))).toMatchObject({
      ok: true,
      value: { bytesLeft: expect.any(Number) },
    });
    expect(await store.list()).toMatchObject({ ok: true, value: { length: kept.length } });
  });
});

function mountSmallDisk(folder: string): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=512k", "tmpfs", folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
