import type { BlobDigest, BlobStore } from "../../blobs/blob-store.ts";
import type { Finding, ScanReport } from "./finding.ts";
import type { LeakScanner } from "./leak-scanner.ts";
import type { ScanOptions } from "./scan-files.ts";

/** A stored file, and what it is called. */
export interface NamedBlob {
  readonly path: string;
  readonly digest: BlobDigest;
}

/** Looks into stored files, such as a release's. A blob that is missing, damaged or out of reach is among the unreadable. */
export async function scanBlobs(
  scanner: LeakScanner,
  blobs: Pick<BlobStore, "read">,
  named: readonly NamedBlob[],
  { onProgress, signal }: ScanOptions = {},
): Promise<ScanReport> {
  const findings: Finding[] = [];
  const unreadable: string[] = [];
  let [files, bytes] = [0, 0];
  for (const { path, digest } of named) {
    if (signal?.aborted) break;
    const place = { where: "release", path, object: digest } as const;
    const content = await blobs.read(digest);
    if (!content.ok || content.value === undefined) {
      unreadable.push(scanner.tellable(place).path);
      continue;
    }
    const reader = scanner.read(place);
    reader.push(content.value);
    findings.push(...scanner.inName(place), ...reader.end());
    files += 1;
    bytes += content.value.length;
    onProgress?.({ files, bytes, total: named.length });
  }
  return { findings, files, bytes, unreadable };
}
