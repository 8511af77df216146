import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type MergeOutcome, mergeFiles } from "../../../app/secrets/merge-files.ts";
import { openMerge } from "../../../app/secrets/open-merge.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import type { Failure } from "../../../errors/failure.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { writeFileAtomic } from "../../../files/write-atomic.ts";
import type { Context } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { note, tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const merge = defineVerb({
  name: "merge",
  summary: "Merge secrets files by key; git calls this",
  usage: ["secrets merge BASE OURS THEIRS PATH"],
  description:
    "The merge program of `secrets init`: the three versions are opened in memory and merged key by key, and what comes out\n" +
    "takes the place of OURS. Keys that both branches changed are named, never their values; OURS then keeps ours, and git\n" +
    "stops with a conflict. Needs a key that opens all three.",
  examples: [
    {
      command: "git config merge.tidegate-secrets.driver 'tidegate secrets merge %O %A %B %P'",
      explains: "what `secrets init` sets",
    },
  ],
  arguments: [
    { name: "BASE", summary: "The common ancestor (%O)", required: true },
    { name: "OURS", summary: "Our version, and the result (%A)", required: true },
    { name: "THEIRS", summary: "Their version (%B)", required: true },
    { name: "PATH", summary: "The file in the repository (%P)", required: true },
  ],
  options: {},
  run: async (context, { arguments: [base = "", ours = "", theirs = "", path = ""] }) => {
    const files = readAll(context, [base, ours, theirs]);
    if (!files.ok) return reportFailures(context, files.failures);
    const opened = await openMerge(context, resolve(context.cwd, path));
    if (!opened.ok) return reportFailures(context, opened.failures);
    const merged = await mergeFiles(opened.value, files.value);
    if (!merged.ok) return reportFailures(context, merged.failures);
    writeFileAtomic(resolve(context.cwd, ours), merged.value.bytes, 0o644);
    return tellMerge(context, path, merged.value);
  },
});

function tellMerge(context: Context, path: string, { conflicts, taken, isRotated }: MergeOutcome) {
  tell(context, { type: "secretsMerged", path, taken, conflicts, rotated: isRotated }, []);
  if (isRotated) note(context, `${path}: somebody lost access, so that it has a new data key`);
  if (conflicts.length === 0) return exitCodes.done;
  const failures = conflicts.map((conflict): Failure => {
    const key = conflict.path.join(".");
    const message = `${path}: ${key} was ${conflict.ours} here ([secret]) and ${conflict.theirs} there ([secret])`;
    const hint = "Ours is kept. Settle it with `tidegate secrets set` or `edit`, then `git add` the file.";
    return { code: "secrets-conflict", message, hint };
  });
  return reportFailures(context, failures);
}

function readAll({ cwd }: Context, paths: readonly string[]): Result<Uint8Array[]> {
  try {
    return ok(paths.map((path) => readFileSync(resolve(cwd, path))));
  } catch (error) {
    const cause = (error as Error).message;
    return failed({ code: "secrets-file-invalid", message: "A version that should be merged cannot be read", cause });
  }
}
