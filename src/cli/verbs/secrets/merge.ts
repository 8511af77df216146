import { mergeSecrets } from "../../../app/secrets/merge.ts";
import type { MergeOutcome } from "../../../app/secrets/merge-files.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import type { Failure } from "../../../errors/failure.ts";
import { type Context, portsOf } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { note, tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const merge = defineVerb({
  name: "merge",
  summary: "Merge secrets files by key; git calls this",
  usage: ["secrets merge BASE OURS THEIRS PATH"],
  description:
    "The merge program of `secrets init`: the three versions are opened in memory and merged key by key, and the result\n" +
    "replaces OURS. Keys that both branches changed are named, never their values; OURS then keeps our value, and git\n" +
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
    const merged = await mergeSecrets(portsOf(context), { base, ours, theirs, path });
    if (!merged.ok) return reportFailures(context, merged.failures);
    return tellMerge(context, path, merged.value);
  },
});

function tellMerge(context: Context, path: string, { conflicts, taken, isRotated }: MergeOutcome) {
  tell(context, { type: "secretsMerged", path, taken, conflicts, rotated: isRotated }, []);
  if (isRotated) note(context, `${path}: somebody lost access, so it has a new data key`);
  if (conflicts.length === 0) return exitCodes.done;
  const failures = conflicts.map((conflict): Failure => {
    const key = conflict.path.join(".");
    const message = `${path}: ${key} was ${conflict.ours} here ([secret]) and ${conflict.theirs} there ([secret])`;
    const hint = "Ours is kept. Settle it with `tidegate secrets set` or `edit`, then `git add` the file.";
    return { code: "secrets-conflict", message, hint };
  });
  return reportFailures(context, failures);
}
