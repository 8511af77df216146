import { failed, ok, type Result } from "../../errors/result.ts";
import { ageRecipients } from "../../secrets/files/open-file.ts";
import { parseBytes } from "../../secrets/files/read-file.ts";
import { mergeRecipients } from "../../secrets/merge/merge-recipients.ts";
import { type MergeConflict, mergeValues } from "../../secrets/merge/merge-values.ts";
import type { Signer } from "../../secrets/signing/signer.ts";
import type { OpenSops, PlainValue, SopsFile } from "../../secrets/sops/types.ts";
import type { OpenMerge } from "./open-merge.ts";

export interface MergeOutcome {
  /** The merged file. */
  readonly bytes: Uint8Array;
  /** Keys that were taken from the other side. */
  readonly taken: readonly string[];
  readonly conflicts: readonly MergeConflict[];
  readonly isRotated: boolean;
}

/**
 * Merges three versions of a file, in memory. Where the project has a signers file, both sides have to be signed: the merged
 * file is signed by the caller, and must not make somebody else's change look reviewed.
 */
export async function mergeFiles(
  call: OpenMerge,
  [base, ours, theirs]: readonly Uint8Array[],
): Promise<Result<MergeOutcome>> {
  const sides = [await openSide(call, ours!, true), await openSide(call, theirs!, true)];
  const ancestor = base!.length === 0 ? ok(undefined) : await openSide(call, base!, false);
  const failures = [...sides, ancestor].flatMap((side) => (side.ok ? [] : side.failures));
  if (failures.length > 0) return failed(...failures);
  const [our, their] = sides.map((side) => (side.ok ? side.value : undefined));
  return merged(call, ancestor.ok ? ancestor.value : undefined, our!, their!);
}

async function openSide(call: OpenMerge, bytes: Uint8Array, mustBeSigned: boolean): Promise<Result<OpenSops>> {
  const file = await parseBytes(call.path, bytes);
  if (!file.ok) return file;
  if (mustBeSigned && call.signers !== undefined) {
    const { checkSopsSignature } = await import("../../secrets/signing/signable-sops.ts");
    const signed = checkSopsSignature(file.value, call.signers);
    if (!signed.ok) return signed;
  }
  if (file.value.leaves.some(({ document }) => document > 0)) return failed(severalDocuments(call.path));
  const identities = await call.identities(ageRecipients(file.value));
  if (!identities.ok) return identities;
  const { openSops } = await import("../../secrets/sops/open-sops.ts");
  return openSops(file.value, identities.value);
}

function severalDocuments(path: string) {
  const message = `${path} has several YAML documents, which are not merged by key`;
  return { code: "secrets-conflict", message, hint: "Merge it by hand: `sops` opens each version." } as const;
}

async function merged(
  call: OpenMerge,
  base: OpenSops | undefined,
  ours: OpenSops,
  theirs: OpenSops,
): Promise<Result<MergeOutcome>> {
  const values = mergeValues(contentOf(base), contentOf(ours), contentOf(theirs));
  const who = mergeRecipients(wraps(base), wraps(ours), wraps(theirs));
  if (hasGroups(ours.file) && who.isReduced) return failed(groups(call.path));
  const changed = ours.with(values.changes);
  const isSameReaders = who.recipients.length === wraps(ours).length && !who.isReduced;
  const wrapped = isSameReaders ? changed : changed.withRecipients(who.recipients);
  const sign = await signerFor(call, ours);
  if (!sign.ok) return sign;
  const printed = await (who.isReduced ? wrapped.rotated() : wrapped).print({
    now: call.now,
    ...(sign.value && { sign: sign.value }),
  });
  if (!printed.ok) return printed;
  const taken = values.changes.map(({ path }) => path.join("."));
  return ok({ bytes: printed.value, taken, conflicts: values.conflicts, isRotated: who.isReduced });
}

async function signerFor(
  { signers, identities, path }: OpenMerge,
  ours: OpenSops,
): Promise<Result<Signer | undefined>> {
  if (signers === undefined) return ok(undefined);
  const own = await identities(wraps(ours));
  if (!own.ok) return own;
  const { findSigner } = await import("../../secrets/signing/find-signer.ts");
  return findSigner(own.value, signers, path);
}

function contentOf(open: OpenSops | undefined): ReadonlyMap<string, PlainValue> {
  const content = open?.get([]);
  if (content instanceof Map) return content as ReadonlyMap<string, PlainValue>;
  return content === undefined ? new Map() : new Map([["data", content]]);
}

function wraps(open: OpenSops | undefined): string[] {
  return open === undefined ? [] : ageRecipients(open.file);
}

function hasGroups({ metadata }: SopsFile): boolean {
  return metadata.keyGroups.length > 1;
}

function groups(path: string) {
  const message = `${path} has several key groups, and their members differ between the branches`;
  return {
    code: "secrets-conflict",
    message,
    hint: "Take one version, then `tidegate secrets recipients apply`.",
  } as const;
}
