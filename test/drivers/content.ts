import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { ReleaseContent, ReleaseEntry } from "../../src/drivers/release-content.ts";
import { ok } from "../../src/errors/result.ts";

const digestOf = (bytes: Uint8Array | string) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** What is in a folder, as a release. `lost`: digests of files whose content cannot be read any more. */
export function contentOf(folder: string, writes: readonly string[] = [], lost = new Set<string>()): ReleaseContent {
  const contents = new Map<string, Buffer>();
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .flatMap((path): ReleaseEntry[] => {
      const stat = lstatSync(join(folder, path));
      if (stat.isSymbolicLink()) return [{ path, symlink: readlinkSync(join(folder, path)) }];
      if (stat.isDirectory()) return readdirSync(join(folder, path)).length === 0 ? [{ path, folder: true }] : [];
      const bytes = readFileSync(join(folder, path));
      const digest = digestOf(bytes);
      contents.set(digest, bytes);
      return [{ path, mode: (stat.mode & 0o100) === 0 ? "644" : "755", digest, size: bytes.length }];
    });
  return {
    digest: digestOf(JSON.stringify([entries, writes])),
    entries,
    writes,
    read: async (digest) => {
      const bytes = lost.has(digest) ? undefined : contents.get(digest);
      return ok(bytes && inPieces(bytes));
    },
  };
}

/** Pieces that end wherever they end. */
async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 7_777) yield bytes.subarray(at, at + 7_777);
}
