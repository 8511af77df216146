import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { failed, ok, type Result } from "../../errors/result.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import { renewalsName } from "../../secrets/files/layout.ts";
import { parseRenewals, printRenewals, union } from "../../secrets/renewals/renewals.ts";
import type { Ports } from "../ports.ts";
import { type MergeOutcome, mergeFiles } from "./merge-files.ts";
import { openMerge } from "./open-merge.ts";

export interface MergeRequest {
  readonly base: string;
  /** Also where the result goes. */
  readonly ours: string;
  readonly theirs: string;
  /** The file in the repository. */
  readonly path: string;
}

/** Merges three versions of a secrets file by key, in memory; what comes out takes the place of ours. */
export async function mergeSecrets(ports: Ports, request: MergeRequest): Promise<Result<MergeOutcome>> {
  const { base, ours, theirs, path } = request;
  const files = readAll(ports, [base, ours, theirs]);
  if (!files.ok) return files;
  if (basename(path) === renewalsName) return mergeRenewals(ports, request, files.value);
  const opened = await openMerge(ports, resolve(ports.cwd, path));
  if (!opened.ok) return opened;
  const merged = await mergeFiles(opened.value, files.value);
  if (merged.ok) writeFileAtomic(resolve(ports.cwd, ours), merged.value.bytes, 0o644);
  return merged;
}

/** The list of what has to be renewed stands beside the files and falls under their patterns. No key is needed for it. */
function mergeRenewals(ports: Ports, { ours, path }: MergeRequest, files: readonly Uint8Array[]): Result<MergeOutcome> {
  const sides = files.slice(1).map((bytes) => parseRenewals(path, Buffer.from(bytes).toString("utf8")));
  const failures = sides.flatMap((side) => (side.ok ? [] : side.failures));
  if (failures.length > 0) return failed(...failures);
  const [our = [], their = []] = sides.flatMap((side) => (side.ok ? [side.value] : []));
  const bytes = Buffer.from(printRenewals(union(our, their)));
  writeFileAtomic(resolve(ports.cwd, ours), bytes, 0o644);
  return ok({ bytes, taken: [], conflicts: [], isRotated: false });
}

function readAll({ cwd }: Ports, paths: readonly string[]): Result<Uint8Array[]> {
  try {
    return ok(paths.map((path) => readFileSync(resolve(cwd, path))));
  } catch (error) {
    const cause = (error as Error).message;
    return failed({ code: "secrets-file-invalid", message: "A version that should be merged cannot be read", cause });
  }
}
