import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BlobDigest, type BlobStore, DamagedBlob } from "../../src/blobs/blob-store.ts";
import { failed, ok } from "../../src/errors/result.ts";

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

const nothingElse = async () => ok(new Set<BlobDigest>());

async function* inChunks(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
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

    async function content(store: BlobStore, digest: BlobDigest): Promise<Buffer | undefined> {
      const read = await store.read(digest);
      if (!read.ok) throw new Error(read.failures[0]!.message);
      return read.value && Buffer.from(read.value);
    }

    async function sizesListed(): Promise<Record<string, number>> {
      const listed = await under.second.list();
      if (!listed.ok) throw new Error(listed.failures[0]!.message);
      return Object.fromEntries(listed.value.map(({ digest, size }) => [digest, size]));
    }

    it.each(Object.entries(sizes))("gives back the bytes it was given (%s)", async (_, size) => {
      const bytes = randomBytes(size);
      const digest = await put(bytes);
      expect(digest).toBe(digestOf(bytes));
      expect(await under.store.has(digest)).toEqual({ ok: true, value: true });
      expect((await content(under.store, digest))?.equals(bytes)).toBe(true);
      expect((await content(under.second, digest))?.equals(bytes)).toBe(true);
    });

    it.each(Object.entries(sizes))("stores a file under the digest of its bytes (%s)", async (_, size) => {
      const bytes = randomBytes(size);
      const source = join(folder, "source");
      writeFileSync(source, bytes);
      const stored = await under.store.putFile(source);
      expect(stored).toEqual({ ok: true, value: { digest: digestOf(bytes), size } });
      writeFileSync(source, "changed afterwards");
      expect((await content(under.store, digestOf(bytes) as BlobDigest))?.equals(bytes)).toBe(true);
    });

    it.each(Object.entries(sizes))("restores bytes and mode, whatever the umask (%s)", async (_, size) => {
      const bytes = randomBytes(size);
      const digest = await put(bytes);
      const target = join(folder, "target");
      expect(await under.store.restore(digest, target, 0o757)).toEqual({ ok: true, value: true });
      expect(readFileSync(target).equals(bytes)).toBe(true);
      expect(statSync(target).mode & 0o777).toBe(0o757);
      writeFileSync(target, "changed by its owner");
      expect((await content(under.store, digest))?.equals(bytes)).toBe(true);
    });

    it("takes the same bytes twice, also at the same time", async () => {
      const bytes = randomBytes(sizes.large);
      const digests = await Promise.all([put(bytes), put(bytes), under.second.putBytes(bytes)]);
      expect(digests[1]).toBe(digests[0]);
      expect(digests[2]).toEqual({ ok: true, value: digests[0] });
      expect((await content(under.store, digests[0]!))?.equals(bytes)).toBe(true);
    });

    it("knows nothing of a digest that was never stored", async () => {
      const digest = digestOf(Buffer.from("never")) as BlobDigest;
      expect(await under.store.has(digest)).toEqual({ ok: true, value: false });
      expect(await under.store.read(digest)).toEqual({ ok: true, value: undefined });
      expect(await under.store.restore(digest, join(folder, "target"), 0o644)).toEqual({ ok: true, value: false });
      expect(existsSync(join(folder, "target"))).toBe(false);
    });

    it.each(["sha256:../../../etc/passwd", "sha256:", "", "md5:00", `sha256:${"A".repeat(64)}`])(
      "takes %j for a digest that is not there, and not for a path",
      async (text) => {
        const digest = text as BlobDigest;
        expect(await under.store.has(digest)).toEqual({ ok: true, value: false });
        expect(await under.store.read(digest)).toEqual({ ok: true, value: undefined });
        expect(await under.store.restore(digest, join(folder, "target"), 0o644)).toEqual({ ok: true, value: false });
      },
    );

    it.each(["small", "large"] as const)("neither reads nor restores a damaged blob (%s)", async (size) => {
      const digest = await put(randomBytes(sizes[size]));
      under.damage(digest);
      expect(await under.store.restore(digest, join(folder, "target"), 0o644)).toEqual({ ok: true, value: false });
      expect(existsSync(join(folder, "target"))).toBe(false);
      expect(await under.store.read(digest)).toEqual({ ok: true, value: undefined });
    });

    it.each(["small", "large"] as const)("mends a damaged blob when its bytes are stored again (%s)", async (size) => {
      const bytes = randomBytes(sizes[size]);
      const digest = await put(bytes);
      under.damage(digest);
      expect(await put(bytes)).toBe(digest);
      expect((await content(under.store, digest))?.equals(bytes)).toBe(true);
    });

    it.each(Object.entries(sizes))("stores and gives back what comes in chunks (%s)", async (_, size) => {
      const bytes = randomBytes(size);
      const stored = await under.store.putStream(inChunks(bytes));
      expect(stored).toEqual({ ok: true, value: { digest: digestOf(bytes), size } });
      const streamed = await under.second.stream(digestOf(bytes) as BlobDigest);
      if (!streamed.ok || streamed.value === undefined) throw new Error("not there");
      expect((await gathered(streamed.value)).equals(bytes)).toBe(true);
    });

    it("stores nothing of what breaks off", async () => {
      async function* broken() {
        yield randomBytes(100);
        throw new Error("the line is cut");
      }
      await expect(under.store.putStream(broken())).rejects.toThrow("the line is cut");
      expect(await sizesListed()).toEqual({});
    });

    it.each(["small", "large"] as const)(
      "says at the end of a stream that it was damaged, and has it no more (%s)",
      async (size) => {
        const digest = await put(randomBytes(sizes[size]));
        under.damage(digest);
        const streamed = await under.store.stream(digest);
        if (!streamed.ok || streamed.value === undefined) throw new Error("not there");
        await expect(gathered(streamed.value)).rejects.toThrow(DamagedBlob);
        expect(await under.store.has(digest)).toEqual({ ok: true, value: false });
      },
    );

    it("verifies: a whole blob is, a missing one is not, and a damaged one is gone afterwards", async () => {
      const [whole, damaged] = [await put(randomBytes(10)), await put(randomBytes(sizes.large))];
      under.damage(damaged);
      expect(await under.store.verify(whole)).toEqual({ ok: true, value: true });
      expect(await under.store.verify(damaged)).toEqual({ ok: true, value: false });
      expect(await under.store.verify(digestOf(Buffer.from("never")) as BlobDigest)).toEqual({
        ok: true,
        value: false,
      });
      expect(await sizesListed()).toEqual({ [whole]: 10 });
    });

    it("collects what no root keeps, and nothing else", async () => {
      const [kept, shared, asked, free] = await Promise.all([1, 2, 3, 4].map((size) => put(randomBytes(size))));
      const never = digestOf(Buffer.from("never")) as BlobDigest;
      expect(await under.store.keep("one", [kept!, shared!])).toEqual({ ok: true, value: [] });
      expect(await under.store.keep("two", [shared!, never])).toEqual({ ok: true, value: [never] });
      const collected = await under.second.collect(async () => ok(new Set([asked!])));
      expect(collected).toEqual({ ok: true, value: { blobs: 1, bytes: 4, bytesLeft: 6 } });
      expect(await sizesListed()).toEqual({ [kept!]: 1, [shared!]: 2, [asked!]: 3 });
      expect((await under.store.release("one")).ok).toBe(true);
      expect((await under.store.release("one")).ok).toBe(true);
      expect(await under.second.collect(nothingElse)).toEqual({
        ok: true,
        value: { blobs: 2, bytes: 4, bytesLeft: 2 },
      });
      expect(await sizesListed()).toEqual({ [shared!]: 2 });
      expect(free).toBeDefined();
    });

    it("removes nothing when it cannot be decided what is kept, and lets others hold again", async () => {
      const digest = await put(randomBytes(5));
      const undecided = async () => failed({ code: "state-damaged", message: "Nobody knows" });
      expect(await under.store.collect(undecided)).toMatchObject({ ok: false, failures: [{ code: "state-damaged" }] });
      expect(await sizesListed()).toEqual({ [digest]: 5 });
      const hold = await under.second.hold();
      if (hold.ok) hold.value.letGo();
      expect(hold.ok).toBe(true);
    });

    it("keeps holders waiting until a collection is over, so that nothing is stored behind its back", async () => {
      const digest = await put(randomBytes(5));
      const order: string[] = [];
      let holding: Promise<unknown> | undefined;
      await under.store.collect(async () => {
        holding = under.second.hold().then((hold) => {
          order.push("held");
          if (hold.ok) hold.value.letGo();
        });
        await under.store.keep("late", [digest]);
        order.push("decided");
        return ok(new Set());
      });
      await holding;
      expect(order).toEqual(["decided", "held"]);
      expect(await sizesListed()).toEqual({ [digest]: 5 });
    });

    it("keeps with a root what it was told last", async () => {
      const [before, after] = [await put(randomBytes(1)), await put(randomBytes(2))];
      await under.store.keep("root", [before]);
      await under.store.keep("root", [after]);
      await under.second.collect(nothingElse);
      expect(await sizesListed()).toEqual({ [after]: 2 });
    });

    it("collects nothing while somebody holds: what is being stored has no root yet", async () => {
      const [one, other] = [await under.store.hold(), await under.second.hold()];
      if (!one.ok || !other.ok) throw new Error("not held");
      const digest = await put(randomBytes(5));
      one.value.letGo();
      expect(await under.second.collect(nothingElse)).toEqual({ ok: true, value: undefined });
      expect(await sizesListed()).toEqual({ [digest]: 5 });
      other.value.letGo();
      expect(await under.store.collect(nothingElse)).toEqual({ ok: true, value: { blobs: 1, bytes: 5, bytesLeft: 0 } });
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
