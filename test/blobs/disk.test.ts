import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { BlobDigest } from "../../src/blobs/blob-store.ts";
import { DiskBlobStore } from "../../src/blobs/disk/disk-blob-store.ts";
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
    expect(await store.has(small.ok ? small.value : ("" as BlobDigest))).toBe(true);
  });

  it("says that it cannot be written when the disk is read-only", async ({ skip }) => {
    const folder = temporaryFolder();
    if (!mountSmallDisk(folder)) skip("only root can mount a read-only disk here");
    onTestFinished(() => void execFileSync("umount", [folder]));
    execFileSync("mount", ["-o", "remount,ro", folder]);
    const stored = await new DiskBlobStore(folder).putBytes(Buffer.from("hello"));
    expect(stored.ok ? "stored" : stored.failures[0]!.code).toBe("not-writable");
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
