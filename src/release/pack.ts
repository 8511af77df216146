import { realpathSync } from "node:fs";
import { join } from "node:path";
import type { BlobStore } from "../blobs/blob-store.ts";
import { digestOf } from "../blobs/digest.ts";
import { mapLimited } from "../concurrency/map-limited.ts";
import type { Project } from "../definition/types.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Emit, UncheckedSecret } from "../events/event.ts";
import { guardDisk } from "../files/guard-disk.ts";
import type { LeakScanner } from "../secrets/scan/leak-scanner.ts";
import { canonicalJson, type JsonValue } from "./canonical-json.ts";
import { type Collected, collect } from "./collect.ts";
import { vanished } from "./collect-failures.ts";
import { entryFailure } from "./entry-failure.ts";
import { entryProblem } from "./entry-problem.ts";
import { fileRequest } from "./file-request.ts";
import { LeakGate } from "./leak-gate.ts";
import { isFile, type ReleaseDigest, type ReleaseEntry, type ReleaseManifest } from "./manifest.ts";
import { keepRelease } from "./release-blobs.ts";
import { releaseServices, schemaFor } from "./release-service.ts";
import { unlinkedFolders } from "./unlinked.ts";

export interface PackOptions {
  /** Absolute path; the pipeline has run in it. */
  readonly projectFolder: string;
  readonly project: Project;
  readonly blobs: BlobStore;
  /** What config the services need, as plain data. */
  readonly configSchema: JsonValue;
  /** Secrets, none of which may be in the release, and those whose values are not known. */
  readonly leaks: Leaks;
  readonly emit: Emit;
}

export interface Leaks {
  readonly scanner: LeakScanner;
  readonly unchecked: readonly UncheckedSecret[];
}

/** A release with its digest. */
export type PackedRelease = ReleaseManifest & { readonly digest: ReleaseDigest };

const filesAtOnce = 8;

/**
 * Packs what the services ask for into the blob store, the manifest last: a release that is there is there whole. One
 * that would contain a secret fails with `secret-leaked`. The same files and definition give the same digest on any machine, any day. Packing again changes nothing.
 * The caller holds the blobs until the release is written down.
 */
export function packRelease(options: PackOptions): Promise<Result<PackedRelease>> {
  return guardDisk(async () => {
    const root = realpathSync.native(options.projectFolder);
    const collected = collectAll(root, options.project);
    if (!collected.ok) return collected;
    const gate = new LeakGate(options.leaks.scanner);
    const checked = await gate.checkFiles(root, collected.value);
    if (!checked.ok) return checked;
    const entries = await storeAll(root, collected.value, options.blobs);
    if (!entries.ok) return entries;
    const problem = entryProblem(entries.value);
    if (problem !== undefined) return failed(entryFailure(problem));
    const manifest = manifestOf(options, entries.value);
    const stored = await gate.checkStored(manifest, options.blobs);
    if (!stored.ok) return stored;
    tellScanned(options, gate);
    return storeManifest(options, manifest);
  });
}

/** A project without secrets has nothing to tell. */
function tellScanned({ leaks: { scanner, unchecked }, emit }: PackOptions, { looked }: LeakGate): void {
  const secrets = scanner.secrets.length;
  if (secrets + unchecked.length > 0) emit({ type: "releaseScanned", ...looked, secrets, unchecked });
}

/** Everything there is to take, in code-unit order, and every reason why it cannot be. */
function collectAll(root: string, project: Project): Result<readonly Collected[]> {
  const asked = Object.entries(project.services).map(([name, service]) => fileRequest(name, service.files));
  const refused = asked.flatMap((request) => (request.ok ? [] : request.failures));
  if (refused.length > 0) return failed(...refused);
  const requests = asked.flatMap((request) => (request.ok ? [request.value] : []));
  const { found, failures } = collect(root, requests);
  const all = [...distinct(failures), ...unlinkedFolders(root, found)];
  if (all.length > 0) return failed(...all);
  return ok([...found.keys()].sort().map((path) => found.get(path)!));
}

async function storeAll(root: string, found: readonly Collected[], blobs: BlobStore): Promise<Result<ReleaseEntry[]>> {
  const stored = await mapLimited(found, filesAtOnce, (one) => storeOne(root, one, blobs));
  const failures = stored.flatMap((entry) => (entry.ok ? [] : entry.failures));
  // A full disk fails for every file in the same way.
  const disk = failures.find(({ code }) => code !== "release-file-missing");
  if (failures.length > 0) return failed(...(disk === undefined ? distinct(failures) : [disk]));
  return ok(stored.flatMap((entry) => (entry.ok ? [entry.value] : [])));
}

async function storeOne(root: string, found: Collected, blobs: BlobStore): Promise<Result<ReleaseEntry>> {
  const { path } = found;
  if (found.kind === "link") return ok({ path, symlink: found.target });
  if (found.kind === "folder") return ok({ path, folder: true });
  try {
    const stored = await blobs.putFile(join(root, path));
    return stored.ok ? ok({ path, mode: found.executable ? "755" : "644", ...stored.value }) : stored;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return failed(vanished(path));
    throw error;
  }
}

function manifestOf({ project, configSchema }: PackOptions, files: readonly ReleaseEntry[]): ReleaseManifest {
  const services = releaseServices(project);
  return { schema: schemaFor(services), project: project.name, services, files, config: configSchema };
}

async function storeManifest({ blobs, emit }: PackOptions, manifest: ReleaseManifest): Promise<Result<PackedRelease>> {
  const bytes = Buffer.from(canonicalJson(manifest as unknown as JsonValue));
  const has = await blobs.has(digestOf(bytes));
  if (!has.ok) return has;
  const isNew = !has.value;
  const stored = await blobs.putBytes(bytes);
  if (!stored.ok) return stored;
  const digest = stored.value as ReleaseDigest;
  const kept = await keepRelease(digest, manifest, blobs);
  if (!kept.ok) return kept;
  const files = manifest.files.filter(isFile);
  const size = files.reduce((sum, file) => sum + file.size, 0);
  emit({ type: "releasePacked", release: digest, files: files.length, bytes: size, isNew });
  return ok({ ...manifest, digest });
}

/** Two services that ask for the same file make the same failure. */
function distinct(failures: readonly Failure[]): Failure[] {
  return [...new Map(failures.map((failure) => [JSON.stringify(failure), failure])).values()];
}
