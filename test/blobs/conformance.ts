import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlobDigest, BlobStore } from "../../src/blobs/blob-store.ts";

export interface BlobStoreUnderTest {
  readonly store: BlobStore;
  /** Another store on the same blobs, as another process would have. */
  readonly second: BlobStore;
  /** Changes bytes of a stored blob behind the store's back. */
  damage(digest: BlobDigest): void;
  remove(digest: BlobDigest): void;
  dispose(): void;
}

const sizes = { empty: 0, small: 1000, large: 3 << 20 };

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** What every blob store promises; a store's own tests call this. */
export function blobStoreConformance(name: string, make: () => BlobStoreUnderTest): void {
  describe(`${name} as a blob store`, () => {
    let under: BlobStoreUnderTest;
    let folder: string;
    beforeEach(() => {
      under = make();
      folder = mkdtempSync(join(tmpdir(), "tidegate-blobs-"));
    });
    afterEach(() => {
      under.dispose();
      rmSync(folder, { recursive: true, force: true });
    });

    async function put(bytes: Uint8Array): Promise<BlobDigest> {
      const stored = await under.store.putBytes(bytes);
      if (!stored.ok) throw new Error(stored.failures[0]!.message);
      return stored.value;
    }

    it.each(Object.entries(sizes))("gives back the bytes it was given (%s)", async (_, size) => {
      const bytes = randomBytes(size);
      const digest = await put(bytes);
      expect(digest).toBe(digestOf(bytes));
      expect(await under.store.has(digest)).toBe(true);
      expect(Buffer.from((await under.store.read(digest))!).equals(bytes)).toBe(true);
      expect(Buffer.from((await under.second.read(digest))!).equals(bytes)).toBe(true);
    });

    it.each(Object.entries(sizes))("stores a file under the digest of its bytes (%s)", async (_, size) => {
      const bytes = randomBytes(size);
      const source = join(folder, "source");
      writeFileSync(source, bytes);
      const stored = await under.store.putFile(source);
      expect(stored).toEqual({ ok: true, value: { digest: digestOf(bytes), size } });
      writeFileSync(source, "changed afterwards");
      expect(Buffer.from((await under.store.read(digestOf(bytes) as BlobDigest))!).equals(bytes)).toBe(true);
    });

    it.each(Object.entries(sizes))("restores bytes and mode, whatever the umask (%s)", async (_, size) => {
      const bytes = randomBytes(size);
      const digest = await put(bytes);
      const target = join(folder, "target");
      expect(await under.store.restore(digest, target, 0o757)).toEqual({ ok: true, value: true });
      expect(readFileSync(target).equals(bytes)).toBe(true);
      expect(statSync(target).mode & 0o777).toBe(0o757);
      writeFileSync(target, "changed by its owner");
      expect(Buffer.from((await under.store.read(digest))!).equals(bytes)).toBe(true);
    });

    it("takes the same bytes twice, also at the same time", async () => {
      const bytes = randomBytes(sizes.large);
      const digests = await Promise.all([put(bytes), put(bytes), under.second.putBytes(bytes)]);
      expect(digests[1]).toBe(digests[0]);
      expect(digests[2]).toEqual({ ok: true, value: digests[0] });
      expect(Buffer.from((await under.store.read(digests[0]!))!).equals(bytes)).toBe(true);
    });

    it("knows nothing of a digest that was never stored", async () => {
      const digest = digestOf(Buffer.from("never")) as BlobDigest;
      expect(await under.store.has(digest)).toBe(false);
      expect(await under.store.read(digest)).toBeUndefined();
      expect(await under.store.restore(digest, join(folder, "target"), 0o644)).toEqual({ ok: true, value: false });
      expect(existsSync(join(folder, "target"))).toBe(false);
    });

    it.each(["sha256:../../../etc/passwd", "sha256:", "", "md5:00", `sha256:${"A".repeat(64)}`])(
      "takes %j for a digest that is not there, and not for a path",
      async (text) => {
        const digest = text as BlobDigest;
        expect(await under.store.has(digest)).toBe(false);
        expect(await under.store.read(digest)).toBeUndefined();
        expect(await under.store.restore(digest, join(folder, "target"), 0o644)).toEqual({ ok: true, value: false });
      },
    );

    it.each(["small", "large"] as const)("neither reads nor restores a damaged blob (%s)", async (size) => {
      const digest = await put(randomBytes(sizes[size]));
      under.damage(digest);
      expect(await under.store.restore(digest, join(folder, "target"), 0o644)).toEqual({ ok: true, value: false });
      expect(existsSync(join(folder, "target"))).toBe(false);
      expect(await under.store.read(digest)).toBeUndefined();
    });

    it.each(["small", "large"] as const)("mends a damaged blob when its bytes are stored again (%s)", async (size) => {
      const bytes = randomBytes(sizes[size]);
      const digest = await put(bytes);
      under.damage(digest);
      expect(await put(bytes)).toBe(digest);
      expect(Buffer.from((await under.store.read(digest))!).equals(bytes)).toBe(true);
    });

    it("does not write over a file that is in the way", async () => {
      const digest = await put(randomBytes(sizes.large));
      const target = join(folder, "target");
      writeFileSync(target, "mine");
      await expect(under.store.restore(digest, target, 0o644)).rejects.toThrow();
      expect(readFileSync(target, "utf8")).toBe("mine");
    });
  });
}
