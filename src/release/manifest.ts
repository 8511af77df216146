import * as v from "valibot";
import type { BlobDigest } from "../blobs/blob-store.ts";
import { isBlobDigest } from "../blobs/digest.ts";
import type { JsonValue } from "./canonical-json.ts";

/** `sha256:` and 64 hexadecimal digits: of the manifest's bytes, which are themselves the blob of that digest. */
export type ReleaseDigest = BlobDigest & { readonly __release: "ReleaseDigest" };

/** The digest that a text is, or `undefined`. */
export function parseReleaseDigest(text: string): ReleaseDigest | undefined {
  return isBlobDigest(text) ? (text as ReleaseDigest) : undefined;
}

/**
 * What a release is. Its canonical JSON is what is digested, so there is nothing in it that depends on when, where or
 * by whom it was packed. A new field that is always written needs a new `schema`.
 */
export interface ReleaseManifest {
  readonly schema: 1;
  readonly project: string;
  readonly services: Readonly<Record<string, ReleaseService>>;
  /** By path, in code-unit order. Folders are implied; only empty ones are listed. */
  readonly files: readonly ReleaseEntry[];
  /** What config the services need. */
  readonly config: JsonValue;
}

/** A service with every default filled in, so that a release means the same to every later version of Tidegate. */
export interface ReleaseService {
  readonly run: string | readonly [string, ...string[]];
  /** Sorted, each once. */
  readonly files: readonly string[];
  /** Absent: it is healthy once its port accepts connections. */
  readonly health?: string;
  readonly healthTimeoutMs: number;
  readonly migrate?: string | readonly [string, ...string[]];
  readonly route: `/${string}` | false;
  /** Unless an environment says otherwise. */
  readonly replicas: number;
  readonly graceMs: number;
  /** Its processes get the config as a file, besides the environment variables or instead of them. Absent: they don't. */
  readonly configFile?: "besides" | "only";
}

export type ReleaseEntry = ReleaseFile | ReleaseSymlink | ReleaseFolder;

export interface ReleaseFile {
  /** Relative to the release's folder, with slashes. */
  readonly path: string;
  readonly mode: "644" | "755";
  readonly digest: BlobDigest;
  readonly size: number;
}

export interface ReleaseSymlink {
  readonly path: string;
  /** Relative to the folder of the link; `..` only at its beginning. */
  readonly symlink: string;
}

export interface ReleaseFolder {
  readonly path: string;
  readonly folder: true;
}

export function isFile(entry: ReleaseEntry): entry is ReleaseFile {
  return "digest" in entry;
}

export function isSymlink(entry: ReleaseEntry): entry is ReleaseSymlink {
  return "symlink" in entry;
}

const command = v.union([v.string(), v.tupleWithRest([v.string()], v.string())]);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const duration = v.pipe(v.number(), v.finite(), v.minValue(0));
const urlPath = v.custom<`/${string}`>((input) => typeof input === "string" && input.startsWith("/"));

const service = v.strictObject({
  run: command,
  files: v.array(v.string()),
  health: v.exactOptional(urlPath),
  healthTimeoutMs: duration,
  migrate: v.exactOptional(command),
  route: v.union([urlPath, v.literal(false)]),
  replicas: count,
  graceMs: duration,
  configFile: v.exactOptional(v.picklist(["besides", "only"])),
});

const entry = v.union([
  v.strictObject({
    path: v.string(),
    mode: v.picklist(["644", "755"]),
    digest: v.custom<BlobDigest>(isBlobDigest),
    size: count,
  }),
  v.strictObject({ path: v.string(), symlink: v.string() }),
  v.strictObject({ path: v.string(), folder: v.literal(true) }),
]);

/** The form of a manifest; whether its paths are harmless is `entryProblem`'s. */
export const manifestSchema = v.strictObject({
  schema: v.literal(1),
  project: v.string(),
  services: v.record(v.string(), service),
  files: v.array(entry),
  config: v.custom<JsonValue>((input) => input !== undefined),
});
