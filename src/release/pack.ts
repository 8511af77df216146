import { realpathSync } from "node:fs";
import { join } from "node:path";
import type { BlobStore } from "../blobs/blob-store.ts";
import { digestOf } from "../blobs/digest.ts";
import { mapLimited } from "../concurrency/map-limited.ts";
import type { Project } from "../definition/types.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Emit, LeftOut, UncheckedSecret } from "../events/event.ts";
import { canonicalJson, type JsonValue } from "../files/canonical-json.ts";
import { guardDisk } from "../files/guard-disk.ts";
import type { Variables } from "../git/ask-git.ts";
import type { Pattern } from "../graph/patterns/pattern.ts";
import { nodeRange } from "../launcher/said-node.ts";
import type { LeakScanner } from "../secrets/scan/leak-scanner.ts";
import { type Collected, collect, measure } from "./collect.ts";
import { vanished } from "./collect-failures.ts";
import { entryFailure } from "./entry-failure.ts";
import { entryProblem } from "./entry-problem.ts";
import { fileRequest } from "./file-request.ts";
import { ignoredFiles } from "./ignored-files.ts";
import { LeakGate } from "./leak-gate.ts";
import { isFile, type ReleaseDigest, type ReleaseEntry, type ReleaseManifest } from "./manifest.ts";
import type { PackIndex } from "./pack-index.ts";
import { Packing } from "./packing.ts";
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
  /** What the tasks of the pipeline write: it is released also where git ignores it. */
  readonly outputs: readonly Pattern[];
  /** The caller's environment, of which git gets a few variables. */
  readonly variables: Variables;
  /** What the packs before have learned. Without it everything is read. */
  readonly index?: PackIndex | undefined;
  readonly emit: Emit;
}

export interface Leaks {
  readonly scanner: LeakScanner;
  readonly unchecked: readonly UncheckedSecret[];
}

/** A release with its digest. */
export type PackedRelease = ReleaseManifest & { readonly digest: ReleaseDigest };

/** What goes into a release, in code-unit order, and what was asked for and does not. */
interface Content {
  readonly taken: readonly Collected[];
  readonly leftOut: LeftOut;
}

const filesAtOnce = 8;

/**
 * Packs what the services ask for into the blob store, the manifest last: a release that is there is there whole. One
 * that would contain a secret fails with `secret-leaked`. The same files and definition give the same digest on any machine, any day. Packing again changes nothing.
 * The caller holds the blobs until the release is written down.
 */
export function packRelease(options: PackOptions): Promise<Result<PackedRelease>> {
  return guardDisk(async () => {
    const root = realpathSync.native(options.projectFolder);
    const collected = await collectAll(root, options);
    if (!collected.ok) return collected;
    const { taken, leftOut } = collected.value;
    const gate = new LeakGate(options.leaks.scanner, options.index);
    const checked = await gate.checkFiles(root, taken);
    if (!checked.ok) return checked;
    const entries = await storeAll(root, taken, options);
    if (!entries.ok) return entries;
    const problem = entryProblem(entries.value);
    if (problem !== undefined) return failed(entryFailure(problem));
    const manifest = manifestOf(options, entries.value);
    const stored = await gate.checkStored(manifest, options.blobs);
    if (!stored.ok) return stored;
    tellScanned(options, gate);
    const packed = await storeManifest(options, manifest, leftOut);
    if (packed.ok) options.index?.save();
    return packed;
  });
}

/** A project without secrets has nothing to tell. */
function tellScanned({ leaks: { scanner, unchecked }, emit }: PackOptions, { looked }: LeakGate): void {
  const secrets = scanner.secrets.length;
  if (secrets + unchecked.length > 0) emit({ type: "releaseScanned", ...looked, secrets, unchecked });
}

/** Everything there is to take, or every reason why it cannot be. */
async function collectAll(root: string, { project, outputs, variables }: PackOptions): Promise<Result<Content>> {
  const gates = Object.values(project.environments).flatMap((environment) => environment.gates ?? []);
  const checks = gates.flatMap((gate) => (gate.gate === "check" ? [gate.run] : []));
  const asked = Object.entries(project.services).map(([name, service]) => fileRequest(name, service, checks));
  const refused = asked.flatMap((request) => (request.ok ? [] : request.failures));
  if (refused.length > 0) return failed(...refused);
  const requests = asked.flatMap((request) => (request.ok ? [request.value] : []));
  const { found, failures, development, doubts } = collect(root, requests, outputs);
  if (failures.length > 0) return failed(...distinct(failures));
  const ignored = await ignoredFiles(found, { root, requests, outputs, variables });
  if (!ignored.ok) return ignored;
  const taken = new Map([...found].filter(([path]) => !ignored.value.has(path)));
  const unlinked = unlinkedFolders(root, taken);
  if (unlinked.length > 0) return failed(...unlinked);
  const leftOut = {
    ...(development.size > 0 && { development: measure(root, development, taken) }),
    ...(ignored.value.size > 0 && { ignored: [...ignored.value].sort() }),
    ...(doubts.size > 0 && { doubts: [...doubts].sort() }),
  };
  return ok({ taken: [...taken.keys()].sort().map((path) => taken.get(path)!), leftOut });
}

async function storeAll(
  root: string,
  found: readonly Collected[],
  options: PackOptions,
): Promise<Result<ReleaseEntry[]>> {
  const packing = new Packing(found, options.emit);
  const stored = await mapLimited(found, filesAtOnce, (one) => storeOne(root, one, options, packing));
  const failures = stored.flatMap((entry) => (entry.ok ? [] : entry.failures));
  // A full disk fails for every file in the same way.
  const disk = failures.find(({ code }) => code !== "release-file-missing");
  if (failures.length > 0) return failed(...(disk === undefined ? distinct(failures) : [disk]));
  return ok(stored.flatMap((entry) => (entry.ok ? [entry.value] : [])));
}

async function storeOne(
  root: string,
  found: Collected,
  { blobs, index }: PackOptions,
  packing: Packing,
): Promise<Result<ReleaseEntry>> {
  const { path } = found;
  if (found.kind === "link") return ok({ path, symlink: found.target });
  if (found.kind === "folder") return ok({ path, folder: true });
  const { stat } = found;
  const mode = found.executable ? "755" : "644";
  const known = index?.recall(path, stat);
  const has = known === undefined ? ok(false) : await blobs.has(known);
  if (!has.ok) return has;
  packing.add(stat.size);
  if (known !== undefined && has.value) return ok({ path, mode, digest: known, size: stat.size });
  try {
    const startedAt = Date.now();
    const stored = await blobs.putFile(join(root, path));
    if (!stored.ok) return stored;
    index?.remember(path, join(root, path), stat, stored.value.digest, startedAt);
    return ok({ path, mode, ...stored.value });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return failed(vanished(path));
    throw error;
  }
}

function manifestOf(
  { project, projectFolder, configSchema }: PackOptions,
  files: readonly ReleaseEntry[],
): ReleaseManifest {
  const services = releaseServices(project, nodeRange(projectFolder));
  return { schema: schemaFor(services), project: project.name, services, files, config: configSchema };
}

async function storeManifest(
  { blobs, emit }: PackOptions,
  manifest: ReleaseManifest,
  leftOut: LeftOut,
): Promise<Result<PackedRelease>> {
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
  const left = Object.keys(leftOut).length > 0 && { leftOut };
  emit({ type: "releasePacked", release: digest, files: files.length, bytes: size, isNew, ...left });
  return ok({ ...manifest, digest });
}

/** Two services that ask for the same file make the same failure. */
function distinct(failures: readonly Failure[]): Failure[] {
  return [...new Map(failures.map((failure) => [JSON.stringify(failure), failure])).values()];
}
