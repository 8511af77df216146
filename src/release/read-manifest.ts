import * as v from "valibot";
import type { BlobStore } from "../blobs/blob-store.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { explainProblem } from "./entry-failure.ts";
import { entryProblem } from "./entry-problem.ts";
import { manifestSchema, parseReleaseDigest, type ReleaseManifest } from "./manifest.ts";
import { collected, damaged, newer, unknownRelease } from "./release-failures.ts";

/** A release's manifest, checked: its digest, its form, and that its paths stay below the folder it is unpacked to. */
export async function readManifest(release: string, blobs: BlobStore): Promise<Result<ReleaseManifest>> {
  const digest = parseReleaseDigest(release);
  if (digest === undefined) return failed(unknownRelease(release));
  const wasThere = await blobs.has(digest);
  if (!wasThere.ok) return wasThere;
  const bytes = await blobs.read(digest);
  if (!bytes.ok) return bytes;
  if (bytes.value !== undefined) return parseManifest(release, bytes.value);
  return failed(wasThere.value ? damaged(release, ["the manifest"]) : collected(release));
}

const newestSchema = 5;

function parseManifest(release: string, bytes: Uint8Array): Result<ReleaseManifest> {
  const json = parseJson(bytes);
  if (typeof json === "object" && json !== null && "schema" in json && Number(json.schema) > newestSchema)
    return failed(newer(release));
  const parsed = v.safeParse(manifestSchema, json);
  if (!parsed.success) return failed(damaged(release, [`the manifest: ${where(parsed.issues[0])}`]));
  const manifest = parsed.output;
  const problem = entryProblem(manifest.files);
  return problem === undefined ? ok(manifest) : failed(damaged(release, [explainProblem(problem)]));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function where(issue: v.BaseIssue<unknown>): string {
  return v.getDotPath(issue) ?? "it is not JSON of the expected form";
}
