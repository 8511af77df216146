import { readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Finding, ScanReport, Where } from "./finding.ts";
import type { LeakScanner, Place } from "./leak-scanner.ts";
import { scanFile } from "./scan-file.ts";
import { Turns } from "./turns.ts";

/** Which files, and what place they stand for in the findings. */
export interface FilesToScan {
  readonly root: string;
  /** Relative to `root`. */
  readonly paths: Iterable<string>;
  readonly where: Where;
}

/** How far a scan is. */
export interface ScanProgress {
  readonly files: number;
  readonly bytes: number;
  /** Absent while it is not known. */
  readonly total?: number;
}

/** How a scan is watched and stopped. */
export interface ScanOptions {
  readonly onProgress?: (progress: ScanProgress) => void;
  /** Aborted: the report says what was found until then. */
  readonly signal?: AbortSignal;
}

/**
 * Looks into files: their paths, their content, and where links point to. Links are not followed. What
 * is gone meanwhile is left out; what cannot be read is told.
 */
export async function scanFiles(
  scanner: LeakScanner,
  { root, paths, where }: FilesToScan,
  { onProgress, signal }: ScanOptions = {},
): Promise<ScanReport> {
  const findings: Finding[] = [];
  const unreadable: string[] = [];
  const turns = new Turns();
  let [files, bytes] = [0, 0];
  for (const path of paths) {
    if (signal?.aborted) break;
    const place = { where, path };
    const scanned = attempt(scanner, root, place);
    if (scanned === "unreadable") unreadable.push(scanner.tellable(place).path);
    else if (scanned !== "gone") {
      findings.push(...scanner.inName(place), ...scanned.findings);
      files += 1;
      bytes += scanned.bytes;
    }
    if (await turns.give()) onProgress?.({ files, bytes });
  }
  return { findings, files, bytes, unreadable };
}

function attempt(scanner: LeakScanner, root: string, place: Place) {
  const file = join(root, place.path);
  try {
    return scanFile(scanner, file, place) ?? { findings: [], bytes: 0 };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ELOOP" || code === "EMLINK") return scanLink(scanner, file, place);
    if (code === "ENOENT" || code === "ENOTDIR") return "gone";
    // A socket cannot be opened, and holds nothing.
    if (code === "ENXIO") return { findings: [], bytes: 0 };
    if (code === undefined) throw error;
    return "unreadable";
  }
}

function scanLink(scanner: LeakScanner, file: string, place: Place) {
  try {
    return { findings: scanner.inName(place, readlinkSync(file)), bytes: 0 };
  } catch {
    return "gone";
  }
}
