import * as v from "valibot";
import { isRecord } from "../files/is-record.ts";

/** Schemas that several records are made of. */

/** Environment names become names of folders: nothing that leads out of one. */
export const environmentName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/));
export const releaseDigest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/));
export const name = v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/));
export const milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0));
/** A number that something got: deployments and steps count from 0 or 1. */
export const index = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const command = v.union([v.string(), v.custom<readonly [string, ...string[]]>(isWords)]);
export const direction = v.picklist(["forward", "revert"]);
export const deploymentKind = v.picklist(["deploy", "promote", "rollback", "mend"]);

/** Why a snapshot was made. */
export const snapshotReason = v.picklist(["asked", "scheduled", "beforeMigration", "beforeRestore"]);

/** Not `v.record`: it leaves out keys like `constructor`, which are names of variables like any other. */
export const texts = v.pipe(
  v.custom<Readonly<Record<string, string>>>(isRecord),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [key, value] of Object.entries<unknown>(dataset.value)) {
      const path = [{ type: "object", origin: "value", input: dataset.value, key, value }] as const;
      if (typeof value !== "string")
        addIssue({ expected: "string", received: typeof value, message: "not a text", path: [...path] });
    }
  }),
);

/** One instance that should run. */
export const member = v.strictObject({
  id: v.string(),
  service: v.string(),
  release: v.string(),
  deployment: index,
  needs: v.exactOptional(v.array(v.string())),
  requests: v.exactOptional(v.picklist(["internal", "none"])),
});

/** What a deployment gets of an environment's requests. */
export const shareFields = {
  deployment: index,
  release: v.string(),
  share: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
};

/** How an environment's requests are shared. */
export const traffic = v.array(v.strictObject(shareFields));

export const members = v.array(member);

function isWords(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === "string");
}
