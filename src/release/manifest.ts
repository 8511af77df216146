import * as v from "valibot";
import type { BlobDigest } from "../blobs/blob-store.ts";
import { isBlobDigest } from "../blobs/digest.ts";
import type { JsonValue } from "../files/canonical-json.ts";
import { type ServiceRecord, serviceFields } from "../records/service-schema.ts";

/** `sha256:` and 64 hexadecimal digits: of the manifest's bytes, which are themselves the blob of that digest. */
export type ReleaseDigest = BlobDigest & { readonly __release: "ReleaseDigest" };

/** The digest that a text is, or `undefined`. */
export function parseReleaseDigest(text: string): ReleaseDigest | undefined {
  return isBlobDigest(text) ? (text as ReleaseDigest) : undefined;
}

/**
 * What a release is. Its canonical JSON is what is digested, so there is nothing in it that depends on when, where or
 * by whom it was packed. `schema` is the lowest that has all its fields, so that a release that needs nothing new keeps its
 * digest, and an older Tidegate refuses what it would misunderstand: 2 has `needs`, `writes`, `host`, internal routes, and
 * limits of migrations and drains; 3 has what services use, their limits, and whether previews run them; 4 has services that
 * are run by a program that Tidegate brings along, and the Node that the project says; 5 has `writes` of single files.
 */
export interface ReleaseManifest {
  readonly schema: 1 | 2 | 3 | 4 | 5 | 6;
  readonly project: string;
  readonly services: Readonly<Record<string, ReleaseService>>;
  /** By path, in code-unit order. Folders are implied; only empty ones are listed. */
  readonly files: readonly ReleaseEntry[];
  /** What config the services need. */
  readonly config: JsonValue;
}

/** A service with every default filled in, so that a release means the same to every later version of Tidegate. */
export interface ReleaseService extends ServiceRecord {
  /** Sorted, each once. */
  readonly files: readonly string[];
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

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const service = v.strictObject({ ...serviceFields, files: v.array(v.string()) });

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
  schema: v.picklist([1, 2, 3, 4, 5, 6]),
  project: v.string(),
  services: v.record(v.string(), service),
  files: v.array(entry),
  config: v.custom<JsonValue>((input) => input !== undefined),
});
