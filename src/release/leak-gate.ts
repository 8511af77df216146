import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { join } from "node:path";
import type { BlobDigest, BlobStore } from "../blobs/blob-store.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { canonicalJson, type JsonValue } from "../files/canonical-json.ts";
import type { Finding } from "../secrets/scan/finding.ts";
import type { LeakScanner } from "../secrets/scan/leak-scanner.ts";
import { scanBlobs } from "../secrets/scan/scan-blobs.ts";
import { scanFile } from "../secrets/scan/scan-file.ts";
import { Turns } from "../secrets/scan/turns.ts";
import type { Collected } from "./collect.ts";
import { isFile, type ReleaseManifest } from "./manifest.ts";
import type { PackIndex } from "./pack-index.ts";

/** More failures than this say nothing new. */
const mostFailures = 20;

/**
 * Lets no release pass that contains a secret. Files are looked at before anything is stored, so that a secret does not
 * get into the blob store; what was stored is looked at again where it is not what was looked at.
 */
export class LeakGate {
  readonly #scanner: LeakScanner;
  readonly #digests = new Map<string, string>();
  readonly #index: PackIndex | undefined;
  #bytes = 0;

  constructor(scanner: LeakScanner, index?: PackIndex) {
    this.#scanner = scanner;
    this.#index = index;
  }

  /** How much was looked at. */
  get looked(): { readonly files: number; readonly bytes: number } {
    return { files: this.#digests.size, bytes: this.#bytes };
  }

  /** What is gone meanwhile is not judged here. @throws the system's error. */
  async checkFiles(root: string, found: readonly Collected[]): Promise<Result<void>> {
    if (this.#scanner.secrets.length === 0) return ok();
    const findings: Finding[] = [];
    const turns = new Turns();
    for (const one of found) {
      const place = { where: "release", path: one.path } as const;
      findings.push(...this.#scanner.inName(place));
      if (one.kind === "link") findings.push(...this.#scanner.inName(place, one.target));
      if (one.kind === "file" && !this.#isKnown(one.path, one.stat)) findings.push(...this.#checkFile(root, one.path));
      await turns.give();
    }
    return verdict(findings);
  }

  /** The files that changed between being looked at and being stored, and what the manifest itself says. */
  async checkStored(manifest: ReleaseManifest, blobs: BlobStore): Promise<Result<void>> {
    if (this.#scanner.secrets.length === 0) return ok();
    const changed = manifest.files.filter(isFile).filter(({ path, digest }) => this.#digests.get(path) !== digest);
    const { findings, unreadable } = await scanBlobs(this.#scanner, blobs, changed);
    if (unreadable.length > 0) return failed(...unreadable.map(notReadBack));
    const { files: _, ...rest } = manifest;
    const reader = this.#scanner.read({ where: "release", path: "the definition" });
    reader.push(Buffer.from(canonicalJson(rest as unknown as JsonValue)));
    return verdict([...findings, ...reader.end().map(({ line: __, ...finding }) => finding)]);
  }

  /** Whether it is what was searched for the same secrets, and found to have none. */
  #isKnown(path: string, stat: Stats): boolean {
    const digest = this.#index?.recall(path, stat);
    if (digest === undefined || !this.#index?.isClean(digest)) return false;
    this.#digests.set(path, digest);
    this.#bytes += stat.size;
    return true;
  }

  #checkFile(root: string, path: string): readonly Finding[] {
    const hash = createHash("sha256");
    try {
      const place = { where: "release", path } as const;
      const scanned = scanFile(this.#scanner, join(root, path), place, (bytes) => hash.update(bytes));
      const digest = `sha256:${hash.digest("hex")}` as BlobDigest;
      this.#digests.set(path, digest);
      this.#bytes += scanned?.bytes ?? 0;
      if (scanned?.findings.length === 0) this.#index?.addClean(digest);
      return scanned?.findings ?? [];
    } catch (error) {
      // Whoever stores it says what is the matter with it.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }
}

/** A release that was packed earlier, against the secrets as they are now. */
export function checkStoredRelease(
  scanner: LeakScanner,
  manifest: ReleaseManifest,
  blobs: BlobStore,
): Promise<Result<void>> {
  return new LeakGate(scanner).checkStored(manifest, blobs);
}

function verdict(findings: readonly Finding[]): Result<void> {
  if (findings.length === 0) return ok();
  const shown = findings.slice(0, mostFailures).map(leaked);
  const left = findings.length - shown.length;
  return left === 0 ? failed(...shown) : failed(...shown, more(left));
}

function leaked({ path, line, key, environment, encoding, part, times }: Finding): Failure {
  const where = line === undefined ? path : `${path}:${line}`;
  const parts = { whole: "", line: "a line of ", scalar: "a value inside " };
  const written = encoding === "plain" ? "as it is" : `as ${encoding}`;
  return {
    code: "secret-leaked",
    message: `${where} contains ${parts[part]}the secret ${key} of ${environment}`,
    cause: `It appears there ${written}${times > 1 ? `, ${times} times` : ""}; nothing was released.`,
    hint: "Have the service read it from its environment variable, or leave the file out; then renew the secret if others have the file.",
  };
}

/** What nobody has looked at must not pass. */
function notReadBack(path: string): Failure {
  const hint = "Run the command again; if it happens again, the disk is failing.";
  return { code: "release-damaged", message: `${path} was stored and cannot be read back`, hint };
}

function more(left: number): Failure {
  return { code: "secret-leaked", message: `There are ${left} more places with secrets` };
}
